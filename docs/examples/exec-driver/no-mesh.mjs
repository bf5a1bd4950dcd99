#!/usr/bin/env node
// A complete exec driver with nothing but node: no mesh at all. Pods run as they are, and nothing can be expressed.
import { createInterface } from 'node:readline';

const DESCRIPTION = {
  protocol: 1,
  name: 'no-mesh-node',
  description: 'no mesh: an example of a driver in JavaScript',
  versions: { mesh: 'none' },
  environments: ['local', 'containers', 'kind', 'k3s', 'existing'],
  capabilities: {
    access: [],
    specs: [],
    split: [],
    headers: [],
    kinds: [],
    protocols: ['http', 'tcp', 'udp'],
    mtls: ['off'],
    features: [],
    identity: 'none',
  },
  methods: ['express'],
};

const METHODS = {
  describe: () => DESCRIPTION,
  install: ({ environment }) => {
    process.stderr.write(`installing into ${environment.name}\n`);
    return {};
  },
  /** One item of faithfulness for each wanted object, in the same order. */
  express: ({ wanted }) => ({
    objects: [],
    faithfulness: wanted.map(({ object }) => ({
      fidelity: 'unsupported',
      reasons: [`there is no mesh that could act on ${object.kind}`],
    })),
  }),
  uninstall: () => ({}),
};

async function answer({ id, method, params }) {
  try {
    return { id, result: await METHODS[method](params) };
  } catch (error) {
    return { id, error: { code: 'E_NO_MESH', message: error.message, hint: 'see driver.log in the debug bundle' } };
  }
}

// Ends when stdin is closed. Answers may come in any order.
createInterface({ input: process.stdin }).on('line', async (line) => {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
});
