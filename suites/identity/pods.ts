/** Identity belongs to the service account of the pod that runs now, not to an address or a name. */
import type { Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { allow, deny } from '../../src/cases/questions.js';
import { invalid } from '../../src/judge/findings.js';
import type { PodSpec } from '../../src/mesh/driver.js';
import { ANYTHING, grant, identityCase } from './identity-case.js';

const pod = (name: string, serviceAccount: string): PodSpec => ({
  name,
  namespace: 'ns1',
  serviceAccount,
  labels: { app: name },
  meshed: true,
  ports: [],
});
const objects = [ANYTHING, grant('c1')];

const withC1: Phase = { name: 'address held by c1', objects, cells: [allow('heir', 'srv:8080')] };
const withC2: Phase = {
  name: 'address inherited by c2',
  objects,
  cells: [deny('heir', 'srv:8080'), allow('c1', 'srv:8080')],
};
const elsewhere: Phase = { name: 'c1 on a new address', control: true, objects, cells: [allow('mover', 'srv:8080')] };

export const addressReuse = identityCase({
  id: 'IDN-03',
  startsPods: true,
  class: 'M',
  title: 'a pod that inherits an address inherits no rights',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup: 'a pod of c1 is stopped and a pod of another account takes over its address',
  expectation: 'the new owner of the address is denied from its first request on',
  control: 'c1 on a new address is allowed',
  catches: ['allow-all', 'deny-all', 'any-identity', 'wrong-san', 'identity-by-address'],
  phases: [withC1, withC2, elsewhere],
  run: async (ctx: CaseContext) => {
    const { ip } = await ctx.startPod(withC1.name, pod('heir', 'c1'));
    await ctx.enter(withC1);
    await ctx.probe(withC1.name, withC1.cells ?? []);
    await ctx.stopPod(withC1.name, 'heir');
    // The gate is passed while nobody holds the address: it proves the server alive, and the heir's very first request counts.
    await ctx.enter(withC2);
    const heir = await ctx.startPod(withC2.name, { ...pod('heir', 'c2'), ip });
    ctx.fact(withC2.name, INHERITED, heir.ip === ip);
    await ctx.probe(withC2.name, withC2.cells ?? []);
    await ctx.startPod(elsewhere.name, pod('mover', 'c1'));
    await ctx.enter(elsewhere);
    await ctx.probe(elsewhere.name, elsewhere.cells ?? []);
  },
  judge: (_exchanges, { lines }) => {
    const inherited = lines.some((line) => line.kind === 'fact' && line.name === INHERITED && line.value === true);
    return { findings: inherited ? [] : [invalid('the new pod did not get the address of the old one')] };
  },
});

/** The fact that the address did change hands. */
const INHERITED = 'address inherited';

const runsAsC1: Phase = { name: 'runs as c1', objects, cells: [allow('client', 'srv:8080')] };
const rolled: Phase = { name: 'rolled out as c2', objects, cells: [deny('client', 'srv:8080')] };
const rolledBack: Phase = { name: 'rolled back to c1', control: true, objects, cells: [allow('client', 'srv:8080')] };

export const accountChange = identityCase({
  id: 'IDN-04',
  startsPods: true,
  class: 'M',
  title: 'a rollout with another service account switches rights',
  phrase: 'at present the method of assigning service identity is using Kubernetes service accounts',
  setup: 'a client workload that runs as c1 is rolled out as c2',
  expectation: 'the new pods are denied',
  control: 'rolling back to c1 lets them in again',
  catches: ['allow-all', 'deny-all', 'any-identity', 'wrong-san'],
  phases: [runsAsC1, rolled, rolledBack],
  run: async (ctx: CaseContext) => {
    const steps = [
      [runsAsC1, 'c1'],
      [rolled, 'c2'],
      [rolledBack, 'c1'],
    ] as const;
    for (const [index, [phase, account]] of steps.entries()) {
      if (index > 0) await ctx.stopPod(phase.name, 'client');
      await ctx.startPod(phase.name, pod('client', account));
      await ctx.enter(phase);
      await ctx.probe(phase.name, phase.cells ?? []);
    }
  },
});
