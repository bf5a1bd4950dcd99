/** The ids of a case's requests, by which a server's record tells the phase that it belongs to. */
export class RequestIds {
  readonly #caseId: string;
  readonly #phases: string[] = [];

  constructor(caseId: string) {
    this.#caseId = caseId;
  }

  /** Begins the ids of one job's requests. */
  prefix(what: string, phase: string): string {
    this.#phases.push(phase);
    return `${this.#caseId}/${this.#phases.length}/${what}/`;
  }

  /** `after` for a request that is none of the case's. */
  phaseOf(request: string): string {
    const [id, job] = request.split('/');
    return (id === this.#caseId ? this.#phases[Number(job) - 1] : undefined) ?? 'after';
  }
}
