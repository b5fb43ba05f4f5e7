/**
 * Requests that between them use every field of the API, in order: later ones read what earlier ones wrote.
 *
 * What a random history showed to differ once stands at the end.
 */
import { prefixEnd } from '../../../api/etcd.ts';
import type { Step } from './steps.ts';

const all = { key: '\0', rangeEnd: '\0' };
const a = { key: 'a/', rangeEnd: prefixEnd('a/').toString() };
const putBoth = { requestPut: { key: 'both', value: 'x' } };

// A comparison carries the operand of its target only.
const operands = {
  VERSION: { version: 1 },
  CREATE: { createRevision: 3 },
  MOD: { modRevision: 3 },
  VALUE: { value: '2' },
  LEASE: { lease: 0n },
};

export const requestTable: [string, Step][] = [
  ['an empty store', { kind: 'range', ...all }],
  ['put', { kind: 'put', key: 'a/1', value: 'one' }],
  ['put again, with the previous', { kind: 'put', key: 'a/1', value: 'uno', prevKv: true }],
  ['put an empty value', { kind: 'put', key: 'a/2' }],
  ['put a key of bytes', { kind: 'put', key: 'a/\xff\0', value: '\0\xff' }],
  ['put ignoring the value', { kind: 'put', key: 'a/1', ignoreValue: true }],
  ['put ignoring the value, with one', { kind: 'put', key: 'a/1', value: 'x', ignoreValue: true }],
  ['put ignoring the lease', { kind: 'put', key: 'a/1', value: 'eins', ignoreLease: true }],
  ['put ignoring the lease, with one', { kind: 'put', key: 'a/1', ignoreLease: true, lease: 5n }],
  ['put ignoring the value of nothing', { kind: 'put', key: 'none', ignoreValue: true }],
  ['put without a key', { kind: 'put', value: 'x' }],
  ['put with a lease that is not there', { kind: 'put', key: 'a/1', lease: 99n }],
  ['put more', { kind: 'put', key: 'a/3', value: 'three' }],
  ['put more', { kind: 'put', key: 'b', value: 'bee' }],
  ['one key', { kind: 'range', key: 'a/1' }],
  ['a key that is not there', { kind: 'range', key: 'a' }],
  ['no key', { kind: 'range' }],
  ['a prefix', { kind: 'range', ...a }],
  ['from a key on', { kind: 'range', key: 'a/2', rangeEnd: '\0' }],
  ['an empty range', { kind: 'range', key: 'b', rangeEnd: 'a' }],
  ['everything', { kind: 'range', ...all }],
  ['a limit', { kind: 'range', ...a, limit: 2 }],
  ['a limit that is not reached', { kind: 'range', ...a, limit: 100 }],
  ['a limit that is just reached', { kind: 'range', ...a, limit: 4 }],
  ['keys only', { kind: 'range', ...a, keysOnly: true }],
  ['count only', { kind: 'range', ...a, countOnly: true }],
  ['count only with a limit', { kind: 'range', ...a, countOnly: true, limit: 1 }],
  ['serializable', { kind: 'range', ...a, serializable: true }],
  ...(['KEY', 'VERSION', 'CREATE', 'MOD', 'VALUE'] as const).flatMap((sortTarget) =>
    (['NONE', 'ASCEND', 'DESCEND'] as const).map((sortOrder): [string, Step] => [
      `sorted by ${sortTarget} ${sortOrder}`,
      // Values differ, and so do all revisions; equal versions have no order of their own.
      { kind: 'range', key: 'a/1', rangeEnd: sortTarget === 'VERSION' ? 'a/2' : 'a/9', sortTarget, sortOrder },
    ]),
  ),
  ['sorted with a limit', { kind: 'range', ...a, sortTarget: 'MOD', sortOrder: 'DESCEND', limit: 2 }],
  ['minimum mod revision', { kind: 'range', ...a, minModRevision: 5 }],
  ['maximum mod revision', { kind: 'range', ...a, maxModRevision: 5 }],
  ['minimum create revision', { kind: 'range', ...a, minCreateRevision: 3 }],
  ['maximum create revision, with a limit', { kind: 'range', ...a, maxCreateRevision: 4, limit: 1 }],
  ['the past', { kind: 'range', ...a, revision: 3 }],
  ['the past, keys only', { kind: 'range', ...a, revision: 4, keysOnly: true }],
  ['the past, limited', { kind: 'range', ...a, revision: 5, limit: 1 }],
  ['the future', { kind: 'range', ...a, revision: 1000 }],
  ['a revision beyond what a double can hold', { kind: 'range', ...a, revision: 2 ** 63 - 1024 }],
  ['a negative revision', { kind: 'range', ...a, revision: -1 }],
  ['a negative limit', { kind: 'range', ...a, limit: -1 }],
  ['delete nothing', { kind: 'deleteRange', key: 'none' }],
  ['delete without a key', { kind: 'deleteRange' }],
  ['delete one, with the previous', { kind: 'deleteRange', key: 'b', prevKv: true }],
  ['delete it again', { kind: 'deleteRange', key: 'b', prevKv: true }],
  ['what was deleted, before', { kind: 'range', key: 'b', revision: 9 }],
  ['put it anew', { kind: 'put', key: 'b', value: 'again', prevKv: true }],
  ['delete a range', { kind: 'deleteRange', ...a, prevKv: true }],
  ['an empty txn', { kind: 'txn' }],
  [
    'create when absent',
    {
      kind: 'txn',
      compare: [{ key: 'a/1', target: 'MOD', result: 'EQUAL', modRevision: 0 }],
      success: [{ requestPut: { key: 'a/1', value: '1' } }],
      failure: [{ requestRange: { key: 'a/1' } }],
    },
  ],
  [
    'create when absent, and it is there',
    {
      kind: 'txn',
      compare: [{ key: 'a/1', target: 'CREATE', result: 'EQUAL', createRevision: 0 }],
      success: [{ requestPut: { key: 'a/1', value: '1' } }],
      failure: [{ requestRange: { key: 'a/1' } }],
    },
  ],
  [
    'reads between the writes of a txn',
    {
      kind: 'txn',
      success: [
        { requestRange: a },
        { requestPut: { key: 'a/2', value: '2', prevKv: true } },
        { requestRange: a },
        { requestDeleteRange: { key: 'a/1', prevKv: true } },
        { requestDeleteRange: { key: 'none' } },
        { requestRange: { ...a, countOnly: true } },
        { requestRange: { ...a, revision: 3 } },
      ],
    },
  ],
  [
    'nested txns',
    {
      kind: 'txn',
      compare: [{ key: 'a/2', target: 'VERSION', result: 'GREATER', version: 0 }],
      success: [
        { requestPut: { key: 'n1', value: '1' } },
        {
          requestTxn: {
            compare: [{ key: 'n1', target: 'VERSION', result: 'EQUAL', version: 0 }],
            success: [{ requestPut: { key: 'n2', value: '2' } }, { requestTxn: { success: [{ requestRange: a }] } }],
            failure: [{ requestPut: { key: 'n3', value: '3' } }],
          },
        },
      ],
    },
  ],
  ...(['VERSION', 'CREATE', 'MOD', 'VALUE', 'LEASE'] as const).flatMap((target) =>
    (['EQUAL', 'NOT_EQUAL', 'GREATER', 'LESS'] as const).flatMap((result) =>
      ['a/2', 'none'].map((key): [string, Step] => [
        `compare ${target} ${result} of ${key}`,
        { kind: 'txn', compare: [{ key, target, result, ...operands[target] }] },
      ]),
    ),
  ),
  ['compare a range', { kind: 'txn', compare: [{ ...all, target: 'VERSION', result: 'GREATER', version: 0 }] }],
  [
    'compare a range that fails',
    { kind: 'txn', compare: [{ ...all, target: 'VERSION', result: 'GREATER', version: 1 }] },
  ],
  ['compare without a key', { kind: 'txn', compare: [{ target: 'VERSION' }] }],
  ['an operation without a request', { kind: 'txn', success: [{}] }],
  ['a txn that puts a key twice', { kind: 'txn', success: [1, 2].map(() => ({ requestPut: { key: 'x' } })) }],
  [
    'a txn that puts and deletes a key',
    { kind: 'txn', success: [{ requestPut: { key: 'x' } }, { requestDeleteRange: { key: 'w', rangeEnd: 'y' } }] },
  ],
  [
    'a txn that deletes a key twice',
    {
      kind: 'txn',
      success: [{ requestDeleteRange: { key: 'n1' } }, { requestDeleteRange: { key: 'n', rangeEnd: 'o' } }],
    },
  ],
  [
    'a txn that puts a key in both branches of a nested one',
    { kind: 'txn', success: [{ requestTxn: { success: [putBoth], failure: [putBoth] } }] },
  ],
  [
    'a txn that puts a key in a nested one and beside it',
    { kind: 'txn', success: [{ requestTxn: { failure: [putBoth] } }, putBoth] },
  ],
  [
    '128 operations',
    { kind: 'txn', success: Array.from({ length: 128 }, (_, i) => ({ requestPut: { key: `m${i}` } })) },
  ],
  [
    '129 operations',
    { kind: 'txn', success: Array.from({ length: 129 }, (_, i) => ({ requestPut: { key: `m${i}` } })) },
  ],
  ['a txn with a lease that is not there', { kind: 'txn', success: [{ requestPut: { key: 'x', lease: 77n } }] }],
  [
    'a txn that ignores the value of nothing',
    { kind: 'txn', success: [{ requestPut: { key: 'nothing', ignoreValue: true } }] },
  ],
  ['a txn that reads the future', { kind: 'txn', success: [{ requestRange: { key: 'x', revision: 5000 } }] }],
  ['nothing of the refused was written', { kind: 'range', ...all }],
  ['grant a lease', { kind: 'leaseGrant', ttl: 600, id: 7n }],
  ['grant it again', { kind: 'leaseGrant', ttl: 600, id: 7n }],
  ['grant a short one', { kind: 'leaseGrant', ttl: 0, id: 8n }],
  ['grant too long a one', { kind: 'leaseGrant', ttl: 9_000_000_001, id: 9n }],
  ['put with a lease', { kind: 'put', key: 'l/1', value: 'x', lease: 7n }],
  ['put another with it', { kind: 'put', key: 'l/2', value: 'x', lease: 7n }],
  ['its range', { kind: 'range', key: 'l/', rangeEnd: 'l0' }],
  ['put and keep the lease', { kind: 'put', key: 'l/1', value: 'y', ignoreLease: true }],
  ['put and leave the lease', { kind: 'put', key: 'l/2', value: 'y', prevKv: true }],
  ['compare the lease', { kind: 'txn', compare: [{ key: 'l/1', target: 'LEASE', result: 'EQUAL', lease: 7n }] }],
  ['its keys', { kind: 'leaseTimeToLive', id: 7n, keys: true }],
  ['time to live of none', { kind: 'leaseTimeToLive', id: 404n }],
  ['keep it alive', { kind: 'leaseKeepAlive', id: 7n }],
  ['keep none alive', { kind: 'leaseKeepAlive', id: 404n }],
  ['revoke it', { kind: 'leaseRevoke', id: 7n }],
  ['its key is gone, the other not', { kind: 'range', key: 'l/', rangeEnd: 'l0' }],
  ['revoke it again', { kind: 'leaseRevoke', id: 7n }],
  ['mark the end for watches', { kind: 'put', key: 'stop' }],
  ['delete the mark', { kind: 'deleteRange', key: 'stop' }],
  ['watch from the first change', { kind: 'watch', ...all, startRevision: 1 }],
  ['watch with previous versions', { kind: 'watch', ...all, startRevision: 2, prevKv: true }],
  ['watch puts only', { kind: 'watch', ...all, startRevision: 2, filters: ['NODELETE'] }],
  ['watch deletions only', { kind: 'watch', key: 'stop', startRevision: 2, filters: ['NOPUT'] }],
  ['watch with an ID', { kind: 'watch', ...all, startRevision: 20, watchId: 12 }],
  ['watch an empty range', { kind: 'watch', key: 'b', rangeEnd: 'a', startRevision: 1 }],
  ['compact the future', { kind: 'compact', revision: 5000 }],
  ['compact', { kind: 'compact', revision: 12, physical: true }],
  ['compact again', { kind: 'compact', revision: 12 }],
  ['compact further back', { kind: 'compact', revision: 3 }],
  ['the compacted past', { kind: 'range', ...all, revision: 11 }],
  ['a compacted past in a txn', { kind: 'txn', success: [{ requestRange: { ...a, revision: 11 } }] }],
  ['a negative revision in a txn', { kind: 'txn', success: [{ requestRange: { ...a, revision: -1 } }] }],
  ['the compact revision itself', { kind: 'range', ...all, revision: 12 }],
  ['after it', { kind: 'range', ...all, revision: 13 }],
  ['now', { kind: 'range', ...all }],
  ['watch what is compacted', { kind: 'watch', ...all, startRevision: 5 }],
  ['watch from after the compact revision', { kind: 'watch', ...all, startRevision: 13, prevKv: true }],
];

/** Differences that random histories found, each from an empty store. */
export const foundCases: [string, Step[]][] = [
  [
    'a txn may put a key and delete every key from one on',
    [
      {
        kind: 'txn',
        success: [
          { requestPut: { key: 'c', value: '1' } },
          { requestDeleteRange: { key: 'b', rangeEnd: '\0', prevKv: true } },
        ],
      },
      { kind: 'put', key: 'c', value: '2' },
      {
        kind: 'txn',
        success: [
          { requestDeleteRange: { key: 'b', rangeEnd: '\0', prevKv: true } },
          { requestPut: { key: 'c', value: '3', prevKv: true } },
        ],
      },
      { kind: 'range', ...all },
      { kind: 'range', ...all, revision: 2 },
      { kind: 'watch', ...all, startRevision: 2, prevKv: true },
      { kind: 'restart', signal: 'SIGKILL' },
      { kind: 'range', ...all },
      { kind: 'range', ...all, revision: 4 },
      { kind: 'compact', revision: 4, physical: true },
      { kind: 'watch', ...all, startRevision: 4, prevKv: true },
      { kind: 'range', ...all, revision: 4 },
    ],
  ],
  [
    'the previous value of an event is from before its revision, also where the revision changed the key twice',
    [
      { kind: 'watch', ...all, prevKv: true },
      { kind: 'put', key: 'c', value: '1' },
      {
        kind: 'txn',
        success: [{ requestPut: { key: 'c', value: '2' } }, { requestDeleteRange: { key: 'b', rangeEnd: '\0' } }],
      },
    ],
  ],
  [
    'a txn looks at the key before the lease, and at all puts before all ranges',
    [
      { kind: 'txn', success: [{ requestPut: { key: 'a', ignoreValue: true, lease: 5n } }] },
      { kind: 'put', key: 'a', ignoreValue: true, lease: 5n },
      {
        kind: 'txn',
        success: [
          { requestRange: { key: 'a', revision: 100 } },
          { requestTxn: { success: [{ requestPut: { key: 'a', lease: 5n } }] } },
        ],
      },
    ],
  ],
  [
    'a watch of an empty range is refused as such, though its ID is taken',
    [
      { kind: 'watch', key: 'a', watchId: 602 },
      { kind: 'watch', key: 'b', rangeEnd: 'a', watchId: 602 },
    ],
  ],
];
