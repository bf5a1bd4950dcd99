import { changingMatches } from '../changing.js';
import type { Fault } from '../fault.js';

export const headAsGet: Fault = {
  name: 'head-as-get',
  description: 'HEAD is taken for GET: who may GET may HEAD as well',
  create: () =>
    changingMatches((match) =>
      match.methods?.includes('GET') === true ? { ...match, methods: [...new Set([...match.methods, 'HEAD'])] } : match,
    ),
};
