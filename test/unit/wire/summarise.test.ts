import assert from 'node:assert/strict';
import { summariseWire } from '../../../src/wire/summarise.js';
import { capture, LOOPBACK_DEVICE, type HandMade, type Link } from './packets.js';

const MARKER = 'meshgauge-marker';
const HTTP: readonly HandMade[] = [
  { sequence: 100, syn: true },
  { sequence: 101, text: `GET / HTTP/1.1\r\nx-marker: ${MARKER}\r\n\r\n` },
  { from: 8080, to: 40_000, sequence: 500, text: `HTTP/1.1 200 OK\r\n\r\n${MARKER}` },
];
const HELLO = [0x16, 0x03, 0x01, 0x00, 0x02, 1, 0];
const DATA = [0x17, 0x03, 0x03, 0x00, 0x03, 9, 9, 9];

describe('what a capture shows', () => {
  for (const link of ['ethernet', 'vlan', 'cooked', 'cooked2', 'raw'] as const satisfies readonly Link[]) {
    for (const ip of [4, 6] as const) {
      it(`plaintext in both directions, ${link} and IPv${ip}`, () => {
        assert.deepEqual(summariseWire(capture(HTTP, { link, ip }), MARKER), {
          packets: 3,
          payloadBytes: 46 + 35,
          flows: 2,
          tlsFlows: 0,
          handshakes: 0,
          markers: 2,
          firstBytes: '47 45 54 20 2f 20 48 54',
        });
      });
    }
  }

  it('reads the files of machines with the other byte order', () => {
    assert.equal(summariseWire(capture(HTTP, { bigEndian: true }), MARKER).markers, 2);
  });

  it('TLS: flows that begin with a record, and those of them that begin with the handshake', () => {
    const summary = summariseWire(
      capture([
        { sequence: 1, bytes: HELLO },
        { from: 8080, to: 40_000, sequence: 1, bytes: HELLO },
        { from: 40_001, sequence: 70, bytes: DATA },
      ]),
      MARKER,
    );
    assert.deepEqual(
      [summary.flows, summary.tlsFlows, summary.handshakes, summary.markers, summary.firstBytes],
      [3, 3, 2, 0, '16 03 01 00 02 01 00'],
    );
  });

  it('what only looks like a record is none', () => {
    for (const bytes of [
      [0x18, 0x03, 0x03, 0, 1],
      [0x17, 0x02, 0x03, 0, 1],
      [0x17, 0x03, 0x03, 0xff, 0xff],
      [0x17, 0x03],
    ])
      assert.equal(summariseWire(capture([{ sequence: 1, bytes }]), MARKER).tlsFlows, 0, String(bytes));
  });

  it('finds a marker across segments, out of order, sent twice, and over the end of the sequence numbers', () => {
    const [head, tail] = ['GET /meshgauge-', 'marker HTTP/1.1'];
    const orders: readonly (readonly HandMade[])[] = [
      [
        { sequence: 10, text: head },
        { sequence: 10 + head.length, text: tail },
      ],
      [
        { sequence: 10 + head.length, text: tail },
        { sequence: 10, text: head },
        { sequence: 10, text: head },
      ],
      [
        { sequence: 2 ** 32 - 4, text: head },
        { sequence: head.length - 4, text: tail },
      ],
      [
        { sequence: 10, text: head },
        { sequence: 15, text: (head + tail).slice(5) },
      ],
    ];
    for (const order of orders) assert.equal(summariseWire(capture(order), MARKER).markers, 1, JSON.stringify(order));
  });

  it('does not put together what has a gap between, or belongs to two connections', () => {
    const torn: readonly (readonly HandMade[])[] = [
      [
        { sequence: 10, text: 'meshgauge-' },
        { sequence: 21, text: 'marker' },
      ],
      [
        { sequence: 10, text: 'meshgauge-' },
        { from: 40_001, sequence: 20, text: 'marker' },
      ],
      [
        { sequence: 10, text: 'meshgauge-' },
        { sequence: 19, syn: true },
        { sequence: 20, text: 'marker' },
      ],
    ];
    for (const order of torn) assert.equal(summariseWire(capture(order), MARKER).markers, 0, JSON.stringify(order));
  });

  it('leaves out what did not leave the pod, where the capture tells', () => {
    for (const link of ['cooked', 'cooked2'] as const)
      assert.equal(summariseWire(capture(HTTP, { link, device: LOOPBACK_DEVICE }), MARKER).packets, 0);
  });

  it('bears a file that is empty, cut off, or holds packets that are no TCP', () => {
    const file = capture(HTTP);
    assert.equal(summariseWire(Buffer.alloc(0), MARKER).packets, 0);
    assert.equal(summariseWire(file.subarray(0, file.length - 1), MARKER).packets, 2);
    const strange = Buffer.from(file);
    strange[24 + 16 + 14 + 9] = 17;
    assert.equal(summariseWire(strange, MARKER).packets, 2);
    const short = Buffer.from(file);
    short[24 + 16 + 14 + 3] = 21;
    assert.equal(summariseWire(short, MARKER).packets, 2);
    assert.throws(() => summariseWire(Buffer.alloc(40, 'x'), MARKER), /not a capture file: it begins with 78787878/);
  });
});
