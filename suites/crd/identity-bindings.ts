/** IdentityBinding: a draft that no release of SMI has, so that a mesh may well not know it. */
import type { CaseRecord } from '../../src/cases/case.js';
import { defineCase } from '../../src/cases/define.js';
import { HOME } from '../../src/cases/objects.js';

const bothSelectors = {
  apiVersion: 'access.smi-spec.io/v1alpha4',
  kind: 'IdentityBinding',
  metadata: { name: 'crd-35-odd', namespace: HOME },
  spec: {
    schemes: {
      podLabelSelector: { matchLabels: { app: 'c1' } },
      serviceAccount: 'c1',
    },
  },
};

export const identityBindingObjects: readonly CaseRecord[] = [
  defineCase({
    id: 'CRD-35',
    class: 'A',
    alone: true,
    profiles: ['extended', 'full'],
    title: 'what an IdentityBinding with two selectors does',
    spec: { ref: 'traffic-access v1alpha4 (unreleased)', phrase: 'Mutually exclusive with serviceAccount' },
    area: 'crd',
    fixture: 'access',
    needs: ['kind:IdentityBinding'],
    setup: 'an IdentityBinding with podLabelSelector and serviceAccount, offered word for word',
    expectation: 'which reading the API takes: the sentence excludes it, the example shows it',
    control: 'the same object with one of the two is stored as it was sent',
    variants: ['rejected', 'INTACT'],
    run: async (ctx) => {
      await (await ctx.offer('v1alpha4', bothSelectors)).withdraw();
    },
    judge: (_exchanges, { lines }) => {
      const answer = lines.find((line) => line.kind === 'change');
      return { variant: answer?.kind === 'change' && answer.accepted ? 'INTACT' : 'rejected' };
    },
  }),
];
