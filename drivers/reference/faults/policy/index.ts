/** Who may come in: TrafficTargets, their sources, rules and groups. */
import type { Fault } from '../fault.js';
import { allowAll } from './allow-all.js';
import { denyAll } from './deny-all.js';
import { emptyGroupOpen } from './empty-group-open.js';
import { emptyRulesOpen } from './empty-rules-open.js';
import { emptySourcesOpen } from './empty-sources-open.js';
import { firstRuleOnly } from './first-rule-only.js';
import { firstSourceOnly } from './first-source-only.js';
import { firstTargetOnly } from './first-target-only.js';
import { groupDeletionIgnored } from './group-deletion-ignored.js';
import { kindBlind } from './kind-blind.js';
import { matchesIgnored } from './matches-ignored.js';
import { missingGroupOpen } from './missing-group-open.js';
import { omittedMatchesDeny } from './omitted-matches-deny.js';
import { removedSourceStays } from './removed-source-stays.js';
import { revocationIgnored } from './revocation-ignored.js';
import { rulesAnded } from './rules-anded.js';
import { targetsMixed } from './targets-mixed.js';
import { unknownMatchWidens } from './unknown-match-widens.js';

export const policyFaults: readonly Fault[] = [
  allowAll,
  denyAll,
  firstSourceOnly,
  removedSourceStays,
  emptySourcesOpen,
  firstRuleOnly,
  rulesAnded,
  emptyRulesOpen,
  firstTargetOnly,
  targetsMixed,
  revocationIgnored,
  kindBlind,
  matchesIgnored,
  omittedMatchesDeny,
  unknownMatchWidens,
  missingGroupOpen,
  emptyGroupOpen,
  groupDeletionIgnored,
];
