// A genuine OpenID Connect service (oidc-provider) on a free port of this machine, with a sign-in page of ours.

import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { freePort } from './demo.mjs';

export const client = { id: 'posthorn', secret: 'a secret of the service, 32 letters' };

export class Issuer {
  /** `people` are known by their address, and have a name and groups; redirects lead to those addresses. */
  static async start(people, redirects) {
    const port = await freePort();
    const issuer = new Issuer();
    issuer.url = `http://localhost:${port}`;
    const provider = new Provider(issuer.url, {
      clients: [{
        client_id: client.id, client_secret: client.secret, redirect_uris: redirects,
        grant_types: ['authorization_code'], response_types: ['code'],
      }],
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
      features: { devInteractions: { enabled: false } },
      cookies: { keys: ['only for tests'] },
      pkce: { required: () => true },
      interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
      findAccount: (_, email) => people[email] && {
        accountId: email,
        claims: () => ({ sub: email, email, email_verified: true, ...people[email] }),
      },
      loadExistingGrant: async (context) => {
        const grant = new context.oidc.provider.Grant({
          clientId: context.oidc.client.clientId, accountId: context.oidc.session.accountId,
        });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    });
    const answer = provider.callback();
    issuer.server = createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url, issuer.url);
      if (!pathname.startsWith('/interaction/')) return answer(request, response);
      const login = searchParams.get('as');
      if (login === 'nobody') {
        const result = { error: 'access_denied', error_description: 'not today' };
        return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
      }
      if (login) return provider.interactionFinished(request, response, { login: { accountId: login } });
      const link = (as) => `<li><a href="?as=${encodeURIComponent(as)}">${as}</a></li>`;
      response.setHeader('content-type', 'text/html; charset=utf-8');
      return response.end(
        `<!doctype html><html lang="en"><title>Service</title><link rel="icon" href="data:,"><ul>${[...Object.keys(people), 'nobody'].map(link).join('')}</ul></html>`,
      );
    });
    issuer.server.listen(port, '127.0.0.1');
    await once(issuer.server, 'listening');
    return issuer;
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
