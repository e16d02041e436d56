// The public contract's own client from npm, unchanged, drives the portal: it knows nothing of Posthorn.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { after, before, test } from 'node:test';

import { apiKeys, audits, tenants, transports, users } from '@qlik/api';

import { Demo } from '../browser/support/demo.mjs';

// Not every system finds *.localhost (RFC 6761, section 6.3); browsers and curl do.
const { lookup } = dns;
dns.lookup = (host, options, done) => lookup(host.endsWith('.localhost') ? 'localhost' : host, options, done);

let demo;
before(async () => { demo = await Demo.start(); });
after(async () => { await demo?.stop(); });

/** The options that each call of the client takes: where, and with which key. */
function as(slug, more = {}) {
  const { url, api_key: apiKey } = demo.tenant(slug);
  return { hostConfig: { authType: 'apikey', host: new URL(url).origin, apiKey, ...more }, noCache: true };
}

/** The status and the body of a call that the portal refuses. */
async function refused(call) {
  try {
    await call;
  } catch (error) {
    const { status, data } = error;
    if (status === undefined) throw error;
    return { status, data };
  }
  return assert.fail('it was not refused');
}

function smtp() {
  const { sender_address: emailAddress, server_port: serverPort, password: emailPassword } = demo.smtp;
  const providerConfig = {
    serverAddress: 'localhost', serverPort, securityType: 'StartTLS', emailAddress, username: emailAddress, emailPassword,
  };
  return { serviceProvider: 'BasicAuth', providerConfig };
}

function microsoft365() {
  const { sender_address: emailAddress, tenant_id: providerTenantId, client_id: clientId, client_secret: clientSecret } =
    demo.microsoft365;
  return { serviceProvider: 'Microsoft365', providerConfig: { emailAddress, providerTenantId, clientId, clientSecret } };
}

async function mails() {
  const answer = await fetch(new URL('mails.json', demo.catcher_url));
  return answer.ok ? answer.json() : assert.fail(`the catcher answered ${answer.status}`);
}

for (const [name, config] of [['BasicAuth', smtp], ['Microsoft365', microsoft365]]) {
  test(`the client sets up ${name}, proves it and removes it`, async () => {
    const { getEmailConfig, updateEmailConfig, validateEmailConfig, verifyEmailConfigConnection } = transports;
    const options = as('acme');
    const nothing = (await getEmailConfig(options)).data;
    assert.equal(nothing.errorCode, 'CONFIG_NOT_SET');
    assert.equal((await updateEmailConfig(config(), options)).status, 204);
    const { data } = await getEmailConfig(options);
    const { emailPassword, clientSecret, ...settings } = config().providerConfig;
    for (const [field, value] of Object.entries(settings)) assert.equal(data.providerConfig[field], value, field);
    assert.equal(data.serviceProvider, name);
    assert.deepEqual([data.isValid, data.errorCode, data.passwordExists], [true, 'OK', true]);
    assert.ok(!JSON.stringify(data).includes(emailPassword ?? clientSecret));
    assert.deepEqual((await validateEmailConfig(options)).data, { isValid: true, errorCode: 'OK' });
    const verified = (await verifyEmailConfigConnection(options)).data;
    assert.equal(verified.success, true, verified.message);
    const mail = { recipient: demo.tenant('acme').members[0].email, subject: `From a program: ${name}`, body: 'Hello' };
    const sent = (await transports.sendTestEmail(mail, options)).data;
    assert.deepEqual([sent.success, sent.connectionFailed], [true, false], sent.message);
    assert.ok((await mails()).some(({ subject }) => subject === mail.subject), 'it is in the inbox');

    const patch = [{ op: 'replace', path: '/emailAddress', value: 'reports@acme.example' }];
    if (name === 'BasicAuth') {
      // with and without the literal of the package's own type
      for (const op of ['replace', 'replace, remove, add', undefined]) {
        assert.equal((await transports.patchEmailConfig([{ ...patch[0], op }], options)).status, 204);
      }
      assert.equal((await getEmailConfig(options)).data.emailAddress, 'reports@acme.example');
    } else {
      assert.equal((await refused(transports.patchEmailConfig(patch, options))).status, 400);
    }
    assert.equal((await transports.deleteEmailConfig(options)).status, 204);
    const again = await refused(transports.deleteEmailConfig(options));
    assert.deepEqual([again.status, again.data.errors[0].code], [404, 'DELETE-1']);
  });
}

test('the client reads what is wrong at which field', async () => {
  const wrong = smtp();
  wrong.providerConfig.serverPort = 0;
  const { status, data } = await refused(transports.updateEmailConfig(wrong, as('acme')));
  assert.equal(status, 400);
  assert.equal(data.errors[0].code, 'INPUTCHECK-1');
  assert.equal(data.errors[0].source.pointer, '/providerConfig/serverPort');
  assert.ok(data.traceId);
});

test('a key is good for its own tenant and for nothing else', async () => {
  const { api_key: apiKey } = demo.tenant('globex');
  for (const key of [apiKey, 'posthorn_unknown', '']) {
    const { status } = await refused(transports.getEmailConfig(as('acme', { apiKey: key || 'x' })));
    assert.equal(status, 401);
  }
});

test('the client reads people, tenant, keys and audit log, page by page', async () => {
  const options = as('acme');
  const { admin, members } = demo.tenant('acme');
  const me = (await users.getMyUser(options)).data;
  assert.deepEqual([me.email, me.status], [admin.email, 'active']);
  assert.ok(me.assignedRoles.some((role) => role.name === 'TenantAdmin'));
  const tenant = (await tenants.getMyTenant(options)).data;
  assert.equal(tenant.id, me.tenantId);
  assert.ok(tenant.hostnames.includes(new URL(demo.tenant('acme').url).hostname));

  const found = [];
  let page = await users.getUsers({ limit: 1 }, options);
  for (;;) {
    found.push(...page.data.data);
    if (!page.next) break;
    page = await page.next(options);
  }
  assert.deepEqual(found.map((user) => user.email).sort(), [admin, ...members].map((person) => person.email).sort());
  const { data: { data: [one] } } = await users.getUsers({ filter: `email eq "${members[0].email}"` }, options);
  assert.equal(one.email, members[0].email);
  assert.equal((await users.getUser(one.id, {}, options)).data.id, one.id);

  const made = (await apiKeys.createApiKey({ description: 'from the client', expiry: 'P7D' }, options)).data;
  assert.ok(made.token.startsWith('posthorn_'));
  const withNew = as('acme', { apiKey: made.token });
  assert.equal((await users.getMyUser(withNew)).data.id, me.id);
  const keys = (await apiKeys.getApiKeys({}, options)).data.data;
  assert.equal(keys.find((key) => key.id === made.id).status, 'active');
  assert.ok(!JSON.stringify(keys).includes(made.token));
  const rename = [{ op: 'replace', path: '/description', value: 'renamed' }];
  assert.equal((await apiKeys.patchApiKey(made.id, rename, options)).status, 204);
  assert.equal((await apiKeys.getApiKey(made.id, options)).data.description, 'renamed');
  assert.equal((await apiKeys.deleteApiKey(made.id, options)).status, 204);
  assert.equal((await refused(users.getMyUser(withNew))).status, 401);

  const types = (await audits.getAuditTypes(options)).data.data;
  assert.ok(types.includes('api_keys.created'));
  const { data: { data: events } } = await audits.getAudits({ eventType: 'api_keys.created', limit: 1 }, options);
  assert.equal(events[0].data.name, 'from the client');
  assert.equal((await audits.getAudit(events[0].id, options)).data.eventType, 'api_keys.created');
});
