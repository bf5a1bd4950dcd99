/** The admission hook as an API server calls it: one AdmissionReview in, one out. */
import { z } from 'zod';
import type { KubeObject } from '../../../src/smi/model.js';
import { refuseObject } from '../admission.js';

const ReviewSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  request: z.object({ uid: z.string(), object: z.custom<KubeObject>(isObject).nullable().optional() }),
});

/** Answers a review. @throws when it is none */
export function answerReview(review: unknown): object {
  const { apiVersion, kind, request } = ReviewSchema.parse(review);
  const reason = request.object === undefined || request.object === null ? undefined : refuseObject(request.object);
  const verdict = reason === undefined ? { allowed: true } : { allowed: false, status: { code: 403, message: reason } };
  return { apiVersion, kind, response: { uid: request.uid, ...verdict } };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'apiVersion' in value && 'kind' in value && 'metadata' in value;
}
