import { TYPE } from '../../xds/resource.js';
import type { Fault } from '../fault.js';
import { rewriteMessages } from '../rewrite.js';

export const rawPath: Fault = {
  name: 'raw-path',
  description: 'paths are matched as they were sent, and passed on so: dot segments and doubled slashes are left in',
  create: () => ({
    served: (resources) => ({
      ...resources,
      [TYPE.listener]: rewriteMessages(resources[TYPE.listener], 'HttpConnectionManager', (manager) => {
        const {
          normalizePath: _path,
          mergeSlashes: _slashes,
          pathWithEscapedSlashesAction: _escaped,
          ...rest
        } = manager;
        return rest;
      }),
    }),
  }),
};
