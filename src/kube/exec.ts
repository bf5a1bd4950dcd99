/** Runs a command in a container: one WebSocket, whose frames start with the number of a channel. */
import type { ApiConnection, OpenSocket } from './api-connection.js';
import { ApiError, connectionError, parseStatus } from './errors.js';
import type { ContainerRef, ExecResult } from './kube.js';

const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
/** Version 5 can say that stdin has ended. */
const CLOSABLE_STDIN = 'v5.channel.k8s.io';
const WITHOUT_STDIN = 'v4.channel.k8s.io';
const DEFAULT_TIMEOUT_MS = 60_000;
const STDIN_FRAME_BYTES = 64 * 1024;

/** The exit code of the command is a result; everything that kept it from running is an error. @throws KubeError */
export async function execInContainer(
  api: ApiConnection,
  container: ContainerRef,
  command: readonly string[],
  options: { readonly stdin?: string; readonly timeoutMs?: number } = {},
): Promise<ExecResult> {
  const query = new URLSearchParams({ stdout: 'true', stderr: 'true' });
  if (options.stdin !== undefined) query.set('stdin', 'true');
  if (container.container !== undefined) query.set('container', container.container);
  for (const word of command) query.append('command', word);
  const path = `${podPath(container)}/exec?${query.toString()}`;
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const what = `'${command.join(' ')}' in pod ${container.namespace}/${container.pod}`;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  try {
    const protocols = options.stdin === undefined ? [CLOSABLE_STDIN, WITHOUT_STDIN] : [CLOSABLE_STDIN];
    const open = await api.webSocket(path, protocols, deadline.signal);
    return await converse(open, api.server, what, options.stdin, deadline.signal);
  } catch (error) {
    if (!deadline.signal.aborted) throw error;
    throw new ApiError({
      status: 0,
      reason: 'Timeout',
      message: `${what} did not end in ${timeoutMs / 1000} s`,
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Path of the pod itself; subresources follow. */
export function podPath(pod: { readonly namespace: string; readonly pod: string }): string {
  return `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.pod)}`;
}

async function converse(
  { socket }: OpenSocket,
  server: string,
  what: string,
  stdin: string | undefined,
  signal: AbortSignal,
): Promise<ExecResult> {
  const received: Record<number, Buffer[]> = { [CHANNEL.stdout]: [], [CHANNEL.stderr]: [], [CHANNEL.status]: [] };
  const abort = (): void => socket.terminate();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await new Promise<void>((resolve) => {
      socket.on('message', (data: Buffer) => {
        received[data[0] ?? -1]?.push(data.subarray(1));
      });
      socket.once('close', () => resolve());
      socket.resume();
      if (stdin !== undefined) sendStdin(socket, stdin);
    });
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
  const text = (channel: number): string => Buffer.concat(received[channel] ?? []).toString('utf8');
  const exitCode = readExitCode(text(CHANNEL.status), server, what);
  return { stdout: text(CHANNEL.stdout), stderr: text(CHANNEL.stderr), exitCode };
}

function sendStdin(socket: OpenSocket['socket'], stdin: string): void {
  const bytes = Buffer.from(stdin, 'utf8');
  for (let at = 0; at < bytes.length; at += STDIN_FRAME_BYTES)
    socket.send(Buffer.concat([Buffer.of(CHANNEL.stdin), bytes.subarray(at, at + STDIN_FRAME_BYTES)]));
  socket.send(Buffer.of(CHANNEL.close, CHANNEL.stdin));
}

function readExitCode(text: string, server: string, what: string): number {
  const status = parseStatus(withKind(text));
  if (status === undefined) throw connectionError(server, new Error(`${what} was cut off before its end`));
  if (status.status === 'Success') return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === 'ExitCode')?.message;
  if (code !== undefined) return Number(code);
  throw new ApiError({
    status: status.code ?? 500,
    reason: status.reason ?? '',
    message: `${what}: ${status.message ?? text}`,
  });
}

/** The status of a command comes without the words that make it a `Status`. */
function withKind(text: string): string {
  return text.startsWith('{') ? `{"kind":"Status",${text.slice(1)}` : text;
}
