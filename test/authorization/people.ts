/** Who asks: credentials, the name by which a refusal calls them, and what the documentation says that they may do. */

import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RestClient } from '../../client/rest.ts';
import type { ApiServer } from '../harness/apiserver.ts';
import { createAuthority } from '../harness/certificates.ts';
import { clientCertificate } from '../harness/client-certificate.ts';
import { anyOf, type Rights } from './access.ts';
import type { Credentials } from './asker.ts';
import { nodeRights } from './documented-nodes.ts';
import { inNamespace, documentedRoles as roles } from './documented-roles.ts';
import { expired, signedByAnother, tokenOf, unsigned, withClaims } from './tokens.ts';

/** Where the keys of a cluster are. */
type Keys = Pick<ApiServer, 'pki'>;

export interface Person {
  /** For people who read what went wrong. */
  called: string;
  credentials: Credentials;
  /** The user of a refusal; null where a refusal is not about the request itself. */
  user: string | null;
  rights: Rights;
}

const known = anyOf(roles['system:basic-user'], roles['system:discovery'], roles['system:public-info-viewer']);
const account = anyOf(known, roles['system:service-account-issuer-discovery']);
const nobody: Rights = () => 'unauthenticated';
const refused: Rights = () => 'forbidden';

const accountName = (namespace: string): string => `system:serviceaccount:${namespace}:target`;
const bearer = (token: string): Credentials => ({ headers: { authorization: `Bearer ${token}` } });

/** One who may patch and update everything, and nothing else. */
export const changer = async (server: Keys): Promise<Person> => ({
  called: 'changer',
  credentials: await certificate(server, 'changer', []),
  user: 'changer',
  rights: ({ verb, path }) => (path === undefined && ['patch', 'update'].includes(verb) ? 'allowed' : 'forbidden'),
});

/** Whoever is never let in, whatever is asked. */
export const isRefused = ({ rights }: Person): boolean => rights === nobody || rights === refused;

/** Everybody. What they need (accounts, pods, Secrets) is made, and unmade where that is the point. */
export async function allPeople(server: Keys, admin: RestClient): Promise<Person[]> {
  const holder = (name: string, ...groups: string[]): Promise<Credentials> => certificate(server, name, groups);
  const viewer = anyOf(known, inNamespace('a', roles.view));
  const editor = anyOf(known, inNamespace('a', roles.edit));
  const people: Person[] = [
    { called: 'anonymous', credentials: {}, user: 'system:anonymous', rights: roles['system:public-info-viewer'] },
    // A header without a token is as none.
    {
      called: 'empty token',
      credentials: bearer(''),
      user: 'system:anonymous',
      rights: roles['system:public-info-viewer'],
    },
    { called: 'unbound', credentials: await holder('unbound'), user: 'unbound', rights: known },
    { called: 'view', credentials: await holder('viewer'), user: 'viewer', rights: viewer },
    { called: 'edit', credentials: await holder('editor'), user: 'editor', rights: editor },
    {
      called: 'admin',
      credentials: await holder('owner'),
      user: 'owner',
      rights: anyOf(known, inNamespace('a', roles.admin)),
    },
    {
      called: 'view everywhere',
      credentials: await holder('viewer-everywhere'),
      user: 'viewer-everywhere',
      rights: anyOf(known, roles.view),
    },
    { called: 'cluster-admin', credentials: await holder('ruler'), user: 'ruler', rights: roles['cluster-admin'] },
    {
      called: 'node',
      credentials: await holder('system:node:target', 'system:nodes'),
      user: 'system:node:target',
      rights: anyOf(known, nodeRights({ name: 'target', namespace: 'a', ownsClusterObjects: true })),
    },
    {
      called: 'another node',
      credentials: await holder('system:node:other', 'system:nodes'),
      user: 'system:node:other',
      rights: anyOf(known, nodeRights({ name: 'other', namespace: 'b', ownsClusterObjects: false })),
    },
    {
      called: 'a node’s name without its group',
      credentials: await holder('system:node:target'),
      user: 'system:node:target',
      rights: known,
    },
    {
      called: 'service account',
      credentials: bearer(await tokenOf(admin, 'a', 'target')),
      user: accountName('a'),
      rights: anyOf(account, inNamespace('a', roles.view)),
    },
    {
      called: 'its twin',
      credentials: bearer(await tokenOf(admin, 'b', 'target')),
      user: accountName('b'),
      rights: account,
    },
  ];
  return [...people, ...(await impersonators(holder, viewer)), ...(await badCredentials(server, admin))];
}

async function certificate(server: Keys, name: string, groups: string[], until = 1): Promise<Credentials> {
  const organizations = groups.map((group): [string, string] => ['O', group]);
  return clientCertificate(server, { subject: [['CN', name], ...organizations], from: -2, until });
}

async function impersonators(holder: (name: string) => Promise<Credentials>, viewer: Rights): Promise<Person[]> {
  const as = async (name: string, whom: string, more: object = {}): Promise<Credentials> => ({
    ...(await holder(name)),
    headers: { 'impersonate-user': whom, ...more },
  });
  return [
    { called: 'impersonator', credentials: await as('impersonator', 'viewer'), user: 'viewer', rights: viewer },
    {
      called: 'edit as an account of the namespace',
      credentials: await as('editor', accountName('a')),
      user: accountName('a'),
      rights: anyOf(account, inNamespace('a', roles.view)),
    },
    {
      called: 'impersonator of one who may not be',
      credentials: await as('impersonator', 'editor'),
      user: null,
      rights: refused,
    },
    {
      called: 'impersonator with a group of another',
      credentials: await as('impersonator', 'viewer', { 'impersonate-group': 'system:masters' }),
      user: null,
      rights: refused,
    },
    { called: 'view as cluster-admin', credentials: await as('viewer', 'ruler'), user: null, rights: refused },
    {
      called: 'edit as an account of another namespace',
      credentials: await as('editor', accountName('b')),
      user: null,
      rights: refused,
    },
  ];
}

async function badCredentials(server: Keys, admin: RestClient): Promise<Person[]> {
  const good = await tokenOf(admin, 'a', 'target');
  const stranger = await createAuthority(dirname(server.pki('stranger')), 'stranger');
  const files = await stranger.issue('ruler');
  const all: Record<string, Credentials> = {
    'expired certificate': await certificate(server, 'ruler', ['system:masters'], -1),
    'certificate of another authority': {
      cert: readFileSync(files.certFile),
      key: readFileSync(files.keyFile),
    },
    'expired token': bearer(expired(good, server)),
    'token signed by another key': bearer(signedByAnother(good)),
    'token with alg none': bearer(unsigned(good)),
    'token with another subject': bearer(withClaims(good, { sub: 'system:serviceaccount:kube-system:target' })),
    'token for another audience': bearer(await tokenOf(admin, 'a', 'target', { audiences: ['vault'] })),
    'token of a deleted account': bearer(await tokenOfDeletedAccount(admin)),
    'token of a deleted pod': bearer(await tokenOfDeletedPod(admin)),
    'bootstrap token whose Secret is deleted': bearer(await deletedBootstrapToken(admin)),
  };
  return Object.entries(all).map(([called, credentials]) => ({ called, credentials, user: null, rights: nobody }));
}

async function tokenOfDeletedAccount(admin: RestClient): Promise<string> {
  const path = '/api/v1/namespaces/a/serviceaccounts';
  await admin.request({ method: 'POST', path, body: { metadata: { name: 'gone' } } });
  const token = await tokenOf(admin, 'a', 'gone');
  await admin.request({ method: 'DELETE', path: `${path}/gone` });
  return token;
}

async function tokenOfDeletedPod(admin: RestClient): Promise<string> {
  const path = '/api/v1/namespaces/a/pods';
  const spec = { serviceAccountName: 'target', containers: [{ name: 'main', image: 'busybox:1.35' }] };
  await admin.request({ method: 'POST', path, body: { metadata: { name: 'gone' }, spec } });
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'gone' };
  const token = await tokenOf(admin, 'a', 'target', { boundObjectRef });
  await admin.request({ method: 'DELETE', path: `${path}/gone?gracePeriodSeconds=0` });
  return token;
}

async function deletedBootstrapToken(admin: RestClient): Promise<string> {
  const path = '/api/v1/namespaces/kube-system/secrets';
  const [id, secret] = ['matrix', '0123456789abcdef'];
  const stringData = { 'token-id': id, 'token-secret': secret, 'usage-bootstrap-authentication': 'true' };
  const name = `bootstrap-token-${id}`;
  const body = { metadata: { name }, type: 'bootstrap.kubernetes.io/token', stringData };
  await admin.request({ method: 'POST', path, body });
  await admin.request({ method: 'DELETE', path: `${path}/${name}` });
  return `${id}.${secret}`;
}
