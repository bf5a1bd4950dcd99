/** Whether this machine lets us look at the wire between the pods of a local run, which one case needs. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CannotCapture } from '../environments/capture.js';
import { captureLoopback } from '../environments/local/wire.js';
import type { Check } from './doctor-host.js';

/** The port of an address that nobody has: nothing has to travel. */
const NOWHERE = { ip: '127.0.0.1', port: 9 };

export async function checkWire(): Promise<Check> {
  const told = { name: 'looking at the wire between local pods (IDN-01)', envs: ['local'], optional: true } as const;
  const dir = await mkdtemp(join(tmpdir(), 'mg-wire-'));
  const { PATH = '' } = process.env;
  try {
    const capture = await captureLoopback(NOWHERE, { dir, name: 'doctor', env: { PATH } });
    await capture.stop();
    return { ...told, problems: [] };
  } catch (error) {
    if (!(error instanceof CannotCapture)) throw error;
    const hint = 'run as root, or leave it: the case is inconclusive then, and so is a run that has it';
    return { ...told, problems: [{ code: 'E_NO_CAPTURE', message: error.message, hint }] };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
