/** Gives every TCP and UDP service port a number on the pods' own addresses, and keeps it for the life of the mesh. */
import { HarnessError } from '../../src/errors/harness-error.js';
import type { ServiceAddress } from '../../src/mesh/driver.js';
import { PROXY_PORTS } from './resources/proxy.js';

export class ServicePorts {
  readonly #numbers = new Map<string, number>();

  /** TCP and UDP of one service port share a number, as they do at the service. */
  numberOf({ namespace, name, port }: Omit<ServiceAddress, 'protocol'>): number {
    const key = `${namespace}/${name}/${port}`;
    const number = this.#numbers.get(key) ?? PROXY_PORTS.firstService + this.#numbers.size;
    if (number > PROXY_PORTS.lastService) {
      throw new HarnessError({
        code: 'E_TOO_MANY_SERVICES',
        message: `more than ${this.#numbers.size} TCP and UDP service ports were used in one run`,
        hint: 'run fewer cases at once',
      });
    }
    this.#numbers.set(key, number);
    return number;
  }
}
