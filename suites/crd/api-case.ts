/**
 * What an API server makes of one object: it is offered in every version that is served, read back and taken away again, and so is the
 * same object with its one defect corrected. What is admitted may then be left in force, for traffic to show what it does.
 */
import { isDeepStrictEqual } from 'node:util';
import type { CaseRecord, Need, Phase } from '../../src/cases/case.js';
import type { CaseContext } from '../../src/cases/context.js';
import { defineCase, LEFT_OUT, visit, type CaseDraft, type Extra } from '../../src/cases/define.js';
import { HOME } from '../../src/cases/objects.js';
import type { Evidence } from '../../src/evidence/records.js';
import { invalid, type Finding } from '../../src/judge/findings.js';
import { GROUP_OF, type Json, type KubeObject, type SmiKind, type SmiVersion } from '../../src/smi/model.js';
import { apiVersionOf } from '../../src/smi/versions.js';

/** All of an object but its version, kind and metadata. */
export type Body = Readonly<Record<string, Json>>;

/** refused: the text calls the object invalid, though not who has to refuse it. open: the text says nothing, or not clearly. */
type Expected = 'intact' | 'refused' | 'open';

export interface ApiDraft extends Omit<
  CaseDraft,
  'area' | 'spec' | 'profiles' | 'phases' | 'run' | 'judge' | 'needs' | 'setup' | 'control'
> {
  readonly phrase: string;
  readonly ref: string;
  readonly kind: SmiKind;
  /** Versions that have the kind or the field; of the others nothing is asked. */
  readonly versions: Readonly<Partial<Record<SmiVersion, Expected>>>;
  readonly odd: (version: SmiVersion) => Body;
  readonly corrected: (version: SmiVersion) => Body;
  /** Another way to write the same, for a case that looks at both. */
  readonly other?: (version: SmiVersion) => Body;
  /** In words: the object and what is odd about it. */
  readonly object: string;
  /** Asked where the API of the newest version admits it: contained, the object may be refused late. */
  readonly inForce?: {
    readonly before?: Phase;
    readonly odd: Phase;
    /** With the corrected object in the place of the odd one. */
    readonly corrected: Phase;
  };
  readonly judge?: (outcomes: readonly Outcome[]) => Extra;
}

/** What became of an offered object. */
export interface Outcome {
  readonly version: SmiVersion;
  readonly expected: Expected;
  readonly odd: Fate;
  readonly corrected: Fate;
  /** `unknown` where the case has no other way to write it. */
  readonly other: Fate;
}

export type Fate =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'intact' }
  | { readonly kind: 'changed'; readonly pruned: readonly string[]; readonly defaulted: readonly string[] };

type Which = 'odd' | 'corrected' | 'other';

/** The text of no version says anything. */
export const SILENT = { v1alpha4: 'open', v1alpha3: 'open', v1alpha2: 'open', v1alpha1: 'open' } as const;

const NEWEST_FIRST: readonly SmiVersion[] = ['v1alpha4', 'v1alpha3', 'v1alpha2', 'v1alpha1'];

export function apiCase(draft: ApiDraft): CaseRecord {
  const { phrase, ref, kind, versions, odd, corrected, other, object, inForce, judge, ...rest } = draft;
  const asked = NEWEST_FIRST.filter((version) => versions[version] !== undefined);
  const bodyOf = { odd, corrected, other: other ?? odd };
  const offered: readonly Which[] = other === undefined ? ['odd', 'corrected'] : ['odd', 'corrected', 'other'];
  const group = GROUP_OF[kind] as 'access' | 'specs' | 'split';
  const manifest = (which: Which, version: SmiVersion, name: string): KubeObject => ({
    apiVersion: apiVersionOf(group, version),
    kind,
    metadata: { name, namespace: HOME },
    ...bodyOf[which](version),
  });
  const nameOf = (which: Which): string => `${draft.id.toLowerCase()}-${which}`;
  const phases = inForce === undefined ? [] : [inForce.before, inForce.odd, inForce.corrected].filter(isPhase);
  return defineCase({
    ...rest,
    profiles: ['extended', 'full'],
    alone: true,
    needs: [`kind:${kind}`, `${group}:${asked.join(',')}` as Need],
    area: 'crd',
    spec: { ref, phrase },
    setup: `${object}, offered to the API word for word in ${asked.join(', ')} as far as served`,
    control: 'the same object with that one defect corrected is stored as it was sent',
    phases,
    run: async (ctx) => {
      const served = asked.filter((version) => ctx.offers(`${group}:${version}`));
      for (const version of served)
        for (const which of offered)
          await (await ctx.offer(version, manifest(which, version, nameOf(which)))).withdraw();
      const [newest] = served;
      if (inForce !== undefined && newest !== undefined)
        await leaveInForce(ctx, inForce, (which) => manifest(which, newest, `${draft.id.toLowerCase()}-it`));
    },
    judge: (_exchanges, evidence) => {
      const outcomes = asked.flatMap((version): Outcome[] => {
        const fate = (which: Which): Fate => fateOf(evidence, version, nameOf(which));
        const fates = { odd: fate('odd'), corrected: fate('corrected'), other: fate('other') };
        return fates.odd.kind === 'unknown' ? [] : [{ version, expected: versions[version] ?? 'open', ...fates }];
      });
      const extra = judge?.(outcomes) ?? {};
      return {
        ...extra,
        findings: [...judgeOutcomes(outcomes, inForce !== undefined), ...(extra.findings ?? [])],
        variant: extra.variant ?? describeOutcomes(outcomes),
      };
    },
  });
}

const isPhase = (phase: Phase | undefined): phase is Phase => phase !== undefined;

async function leaveInForce(
  ctx: CaseContext,
  { before, odd, corrected }: NonNullable<ApiDraft['inForce']>,
  manifest: (which: Which) => KubeObject,
): Promise<void> {
  if (before !== undefined) await visit(ctx, before);
  const offered = await ctx.offer(odd.name, manifest('odd'));
  if (!offered.admitted) {
    for (const { name } of [odd, corrected]) ctx.fact(name, LEFT_OUT, 'its object, which the API refused');
    return;
  }
  await visit(ctx, odd);
  await offered.withdraw();
  await ctx.offer(corrected.name, manifest('corrected'));
  await visit(ctx, corrected);
}

/** As it was sent is as it is on record, with the namespaces of the lane. */
function fateOf({ lines }: Evidence, version: string, name: string): Fate {
  const answer = lines.find(
    (line) =>
      line.kind === 'change' &&
      line.phase === version &&
      line.action === 'apply' &&
      'metadata' in line.object &&
      line.object.metadata.name === name,
  );
  if (answer?.kind !== 'change' || !('metadata' in answer.object)) return { kind: 'unknown' };
  if (!answer.accepted) return { kind: 'refused', message: answer.message ?? '' };
  const stored = lines.find((line) => line.kind === 'fact' && line.phase === version && line.name === `stored ${name}`);
  if (stored?.kind !== 'fact') return { kind: 'unknown' };
  const body = bodyWithout(answer.object);
  const pruned = missingIn(stored.value, body);
  const defaulted = missingIn(body, stored.value);
  return pruned.length + defaulted.length === 0 ? { kind: 'intact' } : { kind: 'changed', pruned, defaulted };
}

const bodyWithout = ({ apiVersion: _version, kind: _kind, metadata: _metadata, ...body }: KubeObject): Json => body;

/** Paths of `from` that are not in `whole`, or are something else there. */
function missingIn(whole: Json | undefined, from: Json, path = ''): readonly string[] {
  if (whole === undefined) return [path];
  if (typeof from !== 'object' || from === null || typeof whole !== 'object' || whole === null)
    return isDeepStrictEqual(whole, from) ? [] : [path];
  return Object.entries(from).flatMap(([key, value]) =>
    missingIn((whole as Readonly<Record<string, Json>>)[key], value as Json, path === '' ? key : `${path}.${key}`),
  );
}

function judgeOutcomes(outcomes: readonly Outcome[], hasTraffic: boolean): readonly Finding[] {
  if (outcomes.length === 0) return [invalid('what the API said is not on record')];
  return outcomes.flatMap(({ version, expected, odd, corrected }): Finding[] => {
    const control =
      corrected.kind === 'intact'
        ? []
        : [invalid(`the control: ${version}: the corrected object ${describe(corrected)}`)];
    if (expected === 'intact' && odd.kind !== 'intact')
      return [{ kind: 'violation', message: `${version}: the object ${describe(odd)}` }, ...control];
    if (expected === 'refused' && odd.kind !== 'refused' && !hasTraffic)
      return [
        { kind: 'violation', message: `${version}: the API admits the object, which ${describe(odd)}` },
        ...control,
      ];
    return control;
  });
}

/** Versions that do alike stand together: `v1alpha3, v1alpha2: rejected`. */
function describeOutcomes(outcomes: readonly Outcome[]): string {
  const alike = new Map<string, string[]>();
  for (const { version, odd } of outcomes) {
    const words = nameFate(odd);
    alike.set(words, [...(alike.get(words) ?? []), version]);
  }
  const [only] = alike.keys();
  if (alike.size === 1 && only !== undefined) return only;
  return [...alike].map(([words, versions]) => `${versions.join(', ')}: ${words}`).join('; ');
}

/** In the words of the matrix. */
function nameFate(fate: Fate): string {
  if (fate.kind !== 'changed') return { unknown: 'not on record', refused: 'rejected', intact: 'INTACT' }[fate.kind];
  const { pruned, defaulted } = fate;
  return [
    ...(pruned.length === 0 ? [] : [`PRUNED (${pruned.join(', ')})`]),
    ...(defaulted.length === 0 ? [] : [`DEFAULTED (${defaulted.join(', ')})`]),
  ].join(', ');
}

function describe(fate: Fate): string {
  if (fate.kind === 'refused') return `is refused: ${fate.message}`;
  return fate.kind === 'intact' ? 'is stored as it was sent' : `is not stored as it was sent: ${nameFate(fate)}`;
}
