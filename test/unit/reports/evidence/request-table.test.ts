import assert from 'node:assert/strict';
import { RequestTable } from '../../../../reports/evidence/request-table.js';

describe('reports: request table', () => {
  it('knows the group of each request, whatever its number', () => {
    const table = new RequestTable();
    const ids = ['ACC-01/1/c1/0', 'ACC-01/1/c1/63', 'ACC-01/1/c1/100000', 'ACC-01/2/c1/0', 'no number', '', '7'];
    for (const [group, id] of ids.entries()) table.set(id, group);
    for (const [group, id] of ids.entries()) assert.equal(table.get(id), group, id);
    assert.equal(table.get('ACC-01/1/c1/64'), undefined);
    assert.equal(table.get('another'), undefined);
  });

  it('does not take names for numbers', () => {
    const table = new RequestTable();
    const ids = ['a/7', 'a/07', 'a/007', 'a/99999999999999999999', 'a/99999999999999999998'];
    for (const [group, id] of ids.entries()) table.set(id, group);
    for (const [group, id] of ids.entries()) assert.equal(table.get(id), group, id);
  });

  it('tells the first time that a request reached a server from every other', () => {
    const table = new RequestTable();
    table.set('a/1', 5);
    assert.equal(table.reach('a/1'), true);
    assert.equal(table.reach('a/1'), false);
    assert.equal(table.get('a/1'), 5);
    assert.equal(table.reach('never sent'), true);
    assert.equal(table.get('never sent'), undefined);
  });
});
