/** SMI in Istio's words: everything wanted goes in, every object that is needed comes out. Pure. */
import type { Expression, Faithfulness, Wanted } from '../../../src/mesh/driver.js';
import type { SmiObject } from '../../../src/smi/model.js';
import { translateTarget } from './access.js';
import { Specs } from './specs.js';
import { translateSplit } from './split.js';
import type { Part, World } from './world.js';

export type { TranslationMode, World } from './world.js';

/** Specs are not objects of their own here: they are said where they are used. */
const WHERE_USED: Faithfulness = { fidelity: 'exact', reasons: [] };

export function translate(wanted: readonly Wanted[], world: World): Expression {
  const objects = wanted.map(({ object }) => object);
  const specs = new Specs(objects);
  const parts = objects.map((object) => translateOne(object, specs, world));
  return {
    objects: parts.flatMap((part) => part.objects),
    faithfulness: parts.map(({ faithfulness }) => faithfulness),
  };
}

function translateOne(object: SmiObject, specs: Specs, world: World): Part {
  switch (object.kind) {
    case 'TrafficTarget':
      return translateTarget(object, specs, world);
    case 'TrafficSplit':
      return translateSplit(object, specs, world);
    case 'HTTPRouteGroup':
    case 'TCPRoute':
      return { objects: [], faithfulness: WHERE_USED };
    case 'UDPRoute':
      return unsupported('UDP passes beside the proxies: nothing in the mesh could allow or deny it');
    case 'TrafficMetrics':
      return unsupported('metrics are an output of a mesh, not a wish');
  }
}

function unsupported(reason: string): Part {
  return { objects: [], faithfulness: { fidelity: 'unsupported', reasons: [reason] } };
}
