import type { SmiObject } from '../../../../src/smi/model.js';
import { admitting, type SentBody } from '../admitting.js';
import type { Fault } from '../fault.js';
import { EVERYTHING_RULE, openGroup } from './everything.js';

export const emptyRulesOpen: Fault = {
  name: 'empty-rules-open',
  description: 'a TrafficTarget without rules is admitted and opens every route to its sources',
  create: () => ({
    ...admitting(['TrafficTarget'], (body) => lacks(body, 'rules')),
    objects: (objects) => objects.flatMap(openUp),
  }),
};

function openUp(object: SmiObject): readonly SmiObject[] {
  if (object.kind !== 'TrafficTarget' || object.rules.length > 0) return [object];
  return [openGroup(object.metadata.namespace), { ...object, rules: [EVERYTHING_RULE] }];
}

/** Whether a target lacks a list, or has nothing in it; one that lacks everything is another matter. */
export function lacks(body: SentBody, list: 'rules' | 'sources'): boolean {
  const value = body[list];
  return body['destination'] !== undefined && (value === undefined || (Array.isArray(value) && value.length === 0));
}
