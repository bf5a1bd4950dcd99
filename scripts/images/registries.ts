/** Published images, where a registry answers. Each registry is asked once, and not for long. */
import type { Engine } from './engine.js';

const ANSWER_DEADLINE_MS = 5000;

export class Registries {
  readonly #engine: Engine;
  readonly #answers = new Map<string, Promise<boolean>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  answersFor(ref: string): Promise<boolean> {
    const registry = registryOf(ref);
    const known = this.#answers.get(registry);
    if (known !== undefined) return known;
    const asked = this.#engine.registryAnswers(ref, ANSWER_DEADLINE_MS);
    this.#answers.set(registry, asked);
    return asked;
  }
}

/** The first part of a reference is a registry when it looks like a host; otherwise the engine's default one is meant. */
export function registryOf(ref: string): string {
  const [first = '', ...rest] = ref.split('/');
  return rest.length > 0 && (/[.:]/.test(first) || first === 'localhost') ? first : 'default';
}
