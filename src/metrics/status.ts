/** Answers, and refusals in the words of Kubernetes. */
import type { Json } from '../smi/model.js';
import { GROUP } from './resources.js';

export interface Answer {
  readonly status: number;
  readonly body: Json;
}

export function status(code: number, reason: string, message: string, details?: Json): Answer {
  return {
    status: code,
    body: {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      status: 'Failure',
      message,
      reason,
      ...(details === undefined ? {} : { details }),
      code,
    },
  };
}

/** Of one object, or of a whole path. */
export function notFound(plural?: string, name?: string): Answer {
  if (plural === undefined || name === undefined)
    return status(404, 'NotFound', 'the server could not find the requested resource');
  const details = { name, group: GROUP, kind: plural };
  return status(404, 'NotFound', `${plural}.${GROUP} "${name}" not found`, details);
}
