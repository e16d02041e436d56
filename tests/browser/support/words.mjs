// What a person reads, in both languages. Most words are looked up where the portal has them, since they
// may be improved at any time; what others rely on stands here in full.

import { readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../../src/i18n');

function messages(code) {
  const found = {};
  for (const room of ['web', 'mail', 'auth', 'email_provider', 'outbox', 'support', 'audit_log', 'people', 'second_factor', 'sign_in', 'oidc', 'programs', 'messages']) {
    for (const line of readFileSync(path.join(folder, code, `${room}.ftl`), 'utf8').split('\n')) {
      const message = /^([a-z0-9-]+) = (.*)$/.exec(line);
      if (message) found[message[1]] = message[2];
    }
  }
  return found;
}

const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

function words(code, more) {
  const all = messages(code);
  /** The message; with arguments, everything that it can say. */
  const t = (key) => {
    if (!(key in all)) throw new Error(`there is no message ${key} in ${code}`);
    const pieces = all[key].split(/\{[^}]*\}/);
    return pieces.length === 1 ? all[key] : new RegExp(pieces.map(escaped).join('.+'));
  };
  const beginning = (key) => new RegExp(`^${escaped(t(key))}`);
  return {
    code,
    t,
    findName: t('find-name'),
    continue: t('find-continue'),
    signIn: t('auth-sign-in'),
    signOut: t('nav-sign-out'),
    email: t('auth-email'),
    password: t('auth-password'),
    administration: t('nav-administration'),
    settings: t('nav-settings'),
    account: beginning('nav-account'),
    sessions: t('nav-sessions'),
    serverAddress: t('provider-server-address'),
    port: t('provider-port'),
    clear: t('provider-clear'),
    senderAddress: t('provider-sender-address'),
    senderName: beginning('provider-sender-name'),
    username: t('provider-username'),
    sameAsSender: beginning('provider-same-as-sender'),
    save: t('form-save'),
    errorTitle: beginning('form-error'),
    untested: t('provider-state-untested'),
    saved: t('flash-provider-saved'),
    replaced: t('flash-provider-replaced'),
    willBeReplaced: t('provider-will-be-replaced'),
    tenantId: t('provider-tenant-id'),
    clientId: t('provider-client-id'),
    clientSecret: t('provider-client-secret'),
    lastDay: beginning('provider-secret-expires-on'),
    replaceSecret: t('provider-replace-secret'),
    replaceSecretNow: t('provider-replace-secret-save'),
    secretReplaced: t('flash-client-secret-replaced'),
    secretIsId: t('provider-client-secret-is-id'),
    secretStored: t('provider-client-secret-stored'),
    helpValues: t('provider-help-values'),
    helpPermission: t('provider-help-permission'),
    helpLimits: t('provider-help-limits'),
    exchangeOnline: t('provider-exchange-online'),
    recipient: t('provider-test-recipient'),
    send: t('provider-test-send'),
    ifNothingArrives: t('provider-result-nothing-arrives'),
    details: t('provider-result-details'),
    acceptedState: t('provider-state-accepted'),
    failingState: t('provider-failing-since'),
    authRefused: t('mail-auth-refused'),
    failedHere: t('provider-step-failed'),
    checkForm: t('provider-check-form'),
    checkStored: t('provider-check-stored'),
    checkPassed: t('provider-check-passed'),
    checkUnproven: t('provider-check-unproven'),
    checkFailed: t('provider-check-failed'),
    tryPorts: t('provider-check-try-ports'),
    usePort: t('provider-mend-port'),
    copyDiagnosis: t('provider-report-copy'),
    copied: t('provider-report-copied'),
    itWorks: t('provider-test-mail-greeting'),
    mailSays: t('provider-test-mail-what'),
    none: beginning('provider-none'),
    removeTitle: t('provider-remove-title'),
    remove: t('provider-remove'),
    removed: t('flash-provider-removed'),
    notSetUp: t('provider-state-none'),
    problems: t('form-problems'),
    forbidden: t('error-forbidden'),
    signedOut: t('flash-signed-out'),
    signInFailed: t('auth-refused'),
    thisSession: t('account-this-session'),
    endOthers: t('account-end-others'),
    othersEnded: t('flash-other-sessions-ended'),
    conflict: t('error-conflict'),
    skip: t('skip-to-content'),
    changePassword: t('account-change-password'),
    setPassword: t('auth-set-password'),
    heldNoProvider: t('outbox-held-no-provider'),
    mailAccepted: beginning('outbox-story-accepted'),
    mailSame: t('outbox-mail-same'),
    mailRefused: t('outbox-message-failed'),
    mailPutOff: t('outbox-verdict-put-off'),
    mailFilterRefused: t('outbox-filter-refused'),
    noMail: t('outbox-none'),
    tryAgain: t('outbox-try-again'),
    cancelAll: t('outbox-all-cancel'),
    cancelledBy: t('outbox-story-cancelled-by'),
    triedAgain: t('flash-mail-tried-again'),
    cancelled: t('flash-mail-cancelled'),
    auditLogNone: t('audit-log-none'),
    auditLogRefused: t('audit-log-filter-refused'),
    nothingSuppressed: t('outbox-suppressions-none'),
    lift: t('outbox-lift'),
    lifted: t('flash-suppression-lifted'),
    factorSetUp: t('factor-set-up'),
    factorManage: t('factor-manage'),
    factorBegin: t('factor-begin'),
    factorQrCode: t('factor-qr-code'),
    factorCodeOfApp: t('factor-code-of-app'),
    factorTurnOn: t('factor-turn-on'),
    factorCodes: t('factor-codes-title'),
    factorCodesDone: t('factor-codes-done'),
    factorSignIn: t('factor-sign-in'),
    factorCode: t('factor-code'),
    factorRefused: t('factor-refused'),
    factorRemove: t('factor-remove'),
    factorRemoved: t('flash-second-factor-removed'),
    navSignIn: t('nav-sign-in'),
    checkIssuer: t('sign-in-check'),
    checkIssuerPassed: t('sign-in-check-passed'),
    otherIssuer: t('oidc-other-issuer'),
    oidcSaved: t('flash-oidc-saved'),
    oidcSignIn: t('oidc-sign-in'),
    oidcUnknown: t('oidc-unknown'),
    oidcProven: t('sign-in-service-proven'),
    localOff: t('sign-in-local-off'),
    rulesSaved: t('flash-sign-in-rules-saved'),
    withPassword: t('oidc-with-password'),
    ...more,
  };
}

export const english = words('en', {
  locale: 'en-GB',
  greeting: /Alice Archer/,
  sendTest: 'Send test email',
  useStartTls: 'Use StartTLS',
  subject: 'Test email from Posthorn Administration activity center',
  accepted: /accepted by localhost.* at \d\d:\d\d/,
  announcement: 'Maintenance on Saturday, 07:00 to 09:00',
  acceptedByMicrosoft: /accepted by .* at \d\d:\d\d/,
  neverSaid: /delivered/i,
});

export const german = words('de', {
  locale: 'de-DE',
  greeting: /Greta Gärtner/,
  sendTest: 'Test-E-Mail senden',
  useStartTls: 'StartTLS verwenden',
  subject: 'Test-E-Mail vom Posthorn Aktivitätscenter Administration',
  accepted: /um \d\d:\d\d.* von localhost.* angenommen/,
  announcement: 'Inventur am 30. Dezember',
  acceptedByMicrosoft: /um \d\d:\d\d.* von .* angenommen/,
  neverSaid: /zugestellt/i,
});
