import { readFile, readdir, readlink } from 'node:fs/promises';

export interface PortHolder {
  readonly pid: number;
  readonly program: string;
}

/** The process that holds a port on `address` or on every address, as far as /proc lets us look. */
export async function findPortHolder(
  transport: 'tcp' | 'udp',
  address: string,
  port: number,
): Promise<PortHolder | undefined> {
  const inodes = await findSocketInodes(transport, address, port);
  if (inodes.size === 0) return undefined;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (await hasSocket(name, inodes)) return { pid: Number(name), program: await programOf(name) };
  }
  return undefined;
}

async function findSocketInodes(transport: string, address: string, port: number): Promise<ReadonlySet<string>> {
  const ip = toKernelHex(address);
  const mapped = '0000000000000000FFFF0000';
  const addresses = new Set(['00000000', ip, '0'.repeat(32), `${mapped}00000000`, mapped + ip]);
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  const inodes = new Set<string>();
  for (const table of [transport, `${transport}6`]) {
    for (const line of (await readText(`/proc/net/${table}`)).split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const [localAddress, localPort] = local?.split(':') ?? [];
      // 0A: a listening TCP socket, 07: an unconnected UDP socket.
      const isOpen = state === (transport === 'tcp' ? '0A' : '07');
      if (isOpen && localPort === portHex && addresses.has(localAddress ?? '') && inode) inodes.add(inode);
    }
  }
  return inodes;
}

/** The kernel prints an IPv4 address as one little-endian word. */
function toKernelHex(address: string): string {
  const bytes = address.split('.').map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'));
  return bytes.reverse().join('');
}

async function hasSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const fd of await readdir(`/proc/${pid}/fd`)) {
      const link = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(link)?.[1];
      if (inode !== undefined && inodes.has(inode)) return true;
    }
  } catch {
    // Gone meanwhile, or somebody else's.
  }
  return false;
}

async function programOf(pid: string): Promise<string> {
  return (await readText(`/proc/${pid}/comm`)).trim() || 'unknown';
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
