/** Looks at the loopback interface, over which all pods of a local run talk: with Python's packet socket, else with tcpdump. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../package-root.js';
import { CannotCapture, type WireCapture, type WirePlace } from '../capture.js';
import { droppedPackets, isListening, tcpdumpArgs } from '../tcpdump.js';
import { pollUntil } from './poll.js';
import { Program, type ProgramSpec } from './program.js';

const SCRIPT = join(PACKAGE_ROOT, 'fixtures/wire/af_packet.py');
const DEVICE = 'lo';
const START_DEADLINE_MS = 15_000;
/** What is in the kernel's buffer is written out first. */
const STOP_GRACE_MS = 10_000;

export interface LocalWireOptions {
  /** Gets the capture and the log. */
  readonly dir: string;
  /** Begins the names of both. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
}

/** A program that captures, and how it is spoken to. */
interface Tool {
  readonly spec: Pick<ProgramSpec, 'name' | 'command' | 'args' | 'stdio'>;
  isReady(said: Said): boolean;
  dropped(said: Said): number | undefined;
}

/** What a tool has printed so far. */
interface Said {
  readonly lines: readonly string[];
  readonly log: string;
}

/** @throws CannotCapture with what each tool said */
export async function captureLoopback(place: WirePlace, options: LocalWireOptions): Promise<WireCapture> {
  const file = join(options.dir, `${options.name}.pcap`);
  const reasons: string[] = [];
  for (const tool of [pythonSocket(place, file), tcpdump(place, file)]) {
    const started = await start(tool, file, options);
    if (typeof started !== 'string') return started;
    reasons.push(`${tool.spec.command}: ${started}`);
  }
  throw new CannotCapture(
    `${reasons.join('; ')}. Run as root, or give one of the two the privilege (setcap cap_net_raw+ep on its binary).`,
  );
}

function pythonSocket({ ip, port }: WirePlace, file: string): Tool {
  return {
    spec: { name: 'wire', command: 'python3', args: ['-I', SCRIPT, DEVICE, ip, String(port), file], stdio: 'open' },
    isReady: ({ lines }) => lines.includes('ready'),
    dropped: ({ lines }) => {
      const last = lines.at(-1);
      return last?.startsWith('{') === true ? (JSON.parse(last) as { dropped: number }).dropped : undefined;
    },
  };
}

function tcpdump(place: WirePlace, file: string): Tool {
  return {
    spec: {
      name: 'wire',
      command: 'tcpdump',
      args: tcpdumpArgs(place, { device: DEVICE, file, asRoot: process.getuid?.() === 0 }),
      stdio: 'log-only',
    },
    isReady: ({ log }) => isListening(log),
    dropped: ({ log }) => droppedPackets(log),
  };
}

/** Answers why it did not start, where it did not. */
async function start(tool: Tool, file: string, { dir, name, env }: LocalWireOptions): Promise<WireCapture | string> {
  const logFile = join(dir, `${name}-${tool.spec.command}.log`);
  const program = new Program({ ...tool.spec, env, cwd: dir, logFile });
  const lines: string[] = [];
  const reading = tool.spec.stdio === 'open' ? gather(program.lines(), lines) : Promise.resolve();
  const said = async (): Promise<Said> => ({ lines, log: await readFile(logFile, 'utf8') });
  let hasEnded = false;
  void program.exited.then(() => (hasEnded = true));
  const isSettled = async (): Promise<boolean> => hasEnded || tool.isReady(await said());
  try {
    await pollUntil(isSettled, { deadlineMs: START_DEADLINE_MS, intervalMs: 10, what: 'the capture to begin' });
  } catch (error) {
    await program.stop();
    throw error;
  }
  if (hasEnded) {
    if (program.pid === undefined) return 'not found';
    return (await program.logTail()).split('\n').at(-1) || 'ended without a word';
  }
  return {
    stop: async () => {
      const { code, signal } = await program.stop(STOP_GRACE_MS);
      await reading;
      const dropped = tool.dropped(await said());
      if (dropped === undefined)
        throw new CannotCapture(`${tool.spec.command} ended with ${signal ?? code} before it had written everything`);
      return { pcap: await readFile(file), dropped };
    },
  };
}

async function gather(from: AsyncIterable<string>, into: string[]): Promise<void> {
  for await (const line of from) into.push(line);
}
