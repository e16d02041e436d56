use crate::i18n::Text;

/// A notice that the next page shows once. Only its name travels, in a cookie: there is nothing in it
/// to forge but another notice of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash {
    /// The provider was saved, for the first time.
    ProviderSaved,
    /// The provider was saved in place of another.
    ProviderReplaced,
    /// The provider was saved in place of the former settings, its secret kept.
    ProviderKept,
    /// Likewise, with a client secret for its secret.
    ClientSecretKept,
    /// The client secret was replaced, and nothing else.
    ClientSecretReplaced,
    /// The provider was deactivated and deleted.
    ProviderRemoved,
    /// The password was changed; other sessions have ended.
    PasswordChanged,
    /// The first password was set.
    PasswordSet,
    /// Language and time zone were saved.
    PreferencesSaved,
    /// A session was ended.
    SessionEnded,
    /// All other sessions were ended.
    OtherSessionsEnded,
    /// The person signed out.
    SignedOut,
    /// Mails are tried again.
    MailTriedAgain,
    /// Mails were cancelled.
    MailCancelled,
    /// Some mails were changed, others could not be.
    MailPartlyChanged,
    /// No mail was changed.
    MailUnchanged,
    /// As many mails were changed as one press changes; there are more.
    MailMoreLeft,
    /// A held lane was released.
    LaneReleased,
    /// The suppression of an address was lifted.
    SuppressionLifted,
    /// Support staff may look at the portal.
    SupportGranted,
    /// Support staff may no longer look at the portal.
    SupportRevoked,
    /// A tenant was taken out of service.
    TenantSuspended,
    /// A tenant was put back into service.
    TenantResumed,
    /// A tenant was deleted.
    TenantDeleted,
    /// The second factor was removed.
    SecondFactorRemoved,
    /// A person's second factor was reset by an administrator.
    SecondFactorReset,
    /// A sign-in that waited for a code is over.
    SignInAgain,
    /// The rules of signing in were saved.
    SignInRulesSaved,
    /// A user has another role.
    RoleChanged,
    /// A user was taken out of use.
    UserDeactivated,
    /// A user was put back into use.
    UserReactivated,
    /// A user was removed.
    UserRemoved,
    /// An invitation was revoked.
    InvitationRevoked,
    /// People of this tenant sign in with its own service.
    LocalSignInOff,
    /// The sign-in service was saved.
    OidcSaved,
    /// The sign-in service was removed.
    OidcRemoved,
    /// An API key was revoked.
    ApiKeyRevoked,
    /// To whom programs may write was saved.
    RecipientsSaved,
}

impl Flash {
    const ALL: [(Flash, &'static str); 38] = [
        (Flash::ProviderSaved, "provider-saved"),
        (Flash::ProviderReplaced, "provider-replaced"),
        (Flash::ProviderKept, "provider-kept"),
        (Flash::ClientSecretKept, "client-secret-kept"),
        (Flash::ClientSecretReplaced, "client-secret-replaced"),
        (Flash::ProviderRemoved, "provider-removed"),
        (Flash::PasswordChanged, "password-changed"),
        (Flash::PasswordSet, "password-set"),
        (Flash::PreferencesSaved, "preferences-saved"),
        (Flash::SessionEnded, "session-ended"),
        (Flash::OtherSessionsEnded, "other-sessions-ended"),
        (Flash::SignedOut, "signed-out"),
        (Flash::MailTriedAgain, "mail-tried-again"),
        (Flash::MailCancelled, "mail-cancelled"),
        (Flash::MailPartlyChanged, "mail-partly-changed"),
        (Flash::MailUnchanged, "mail-unchanged"),
        (Flash::MailMoreLeft, "mail-more-left"),
        (Flash::LaneReleased, "lane-released"),
        (Flash::SuppressionLifted, "suppression-lifted"),
        (Flash::SupportGranted, "support-granted"),
        (Flash::SupportRevoked, "support-revoked"),
        (Flash::TenantSuspended, "tenant-suspended"),
        (Flash::TenantResumed, "tenant-resumed"),
        (Flash::TenantDeleted, "tenant-deleted"),
        (Flash::SecondFactorRemoved, "second-factor-removed"),
        (Flash::SecondFactorReset, "second-factor-reset"),
        (Flash::SignInAgain, "sign-in-again"),
        (Flash::SignInRulesSaved, "sign-in-rules-saved"),
        (Flash::RoleChanged, "role-changed"),
        (Flash::UserDeactivated, "user-deactivated"),
        (Flash::UserReactivated, "user-reactivated"),
        (Flash::UserRemoved, "user-removed"),
        (Flash::InvitationRevoked, "invitation-revoked"),
        (Flash::LocalSignInOff, "local-sign-in-off"),
        (Flash::OidcSaved, "oidc-saved"),
        (Flash::OidcRemoved, "oidc-removed"),
        (Flash::ApiKeyRevoked, "api-key-revoked"),
        (Flash::RecipientsSaved, "recipients-saved"),
    ];

    pub(super) fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, known)| *known == name).map(|(flash, _)| *flash)
    }

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(flash, _)| *flash == self).map_or("", |(_, name)| name)
    }

    pub(super) fn text(self) -> Text {
        Text::new(match self {
            Flash::ProviderSaved => "flash-provider-saved",
            Flash::ProviderReplaced => "flash-provider-replaced",
            Flash::ProviderKept => "flash-provider-kept",
            Flash::ClientSecretKept => "flash-client-secret-kept",
            Flash::ClientSecretReplaced => "flash-client-secret-replaced",
            Flash::ProviderRemoved => "flash-provider-removed",
            Flash::PasswordChanged => "flash-password-changed",
            Flash::PasswordSet => "flash-password-set",
            Flash::PreferencesSaved => "flash-preferences-saved",
            Flash::SessionEnded => "flash-session-ended",
            Flash::OtherSessionsEnded => "flash-other-sessions-ended",
            Flash::SignedOut => "flash-signed-out",
            Flash::MailTriedAgain => "flash-mail-tried-again",
            Flash::MailCancelled => "flash-mail-cancelled",
            Flash::MailPartlyChanged => "flash-mail-partly-changed",
            Flash::MailUnchanged => "flash-mail-unchanged",
            Flash::MailMoreLeft => "flash-mail-more-left",
            Flash::LaneReleased => "flash-lane-released",
            Flash::SuppressionLifted => "flash-suppression-lifted",
            Flash::SupportGranted => "flash-support-granted",
            Flash::SupportRevoked => "flash-support-revoked",
            Flash::TenantSuspended => "flash-tenant-suspended",
            Flash::TenantResumed => "flash-tenant-resumed",
            Flash::TenantDeleted => "flash-tenant-deleted",
            Flash::SecondFactorRemoved => "flash-second-factor-removed",
            Flash::SecondFactorReset => "flash-second-factor-reset",
            Flash::SignInAgain => "flash-sign-in-again",
            Flash::SignInRulesSaved => "flash-sign-in-rules-saved",
            Flash::RoleChanged => "flash-role-changed",
            Flash::UserDeactivated => "flash-user-deactivated",
            Flash::UserReactivated => "flash-user-reactivated",
            Flash::UserRemoved => "flash-user-removed",
            Flash::InvitationRevoked => "flash-invitation-revoked",
            Flash::LocalSignInOff => "flash-local-sign-in-off",
            Flash::OidcSaved => "flash-oidc-saved",
            Flash::OidcRemoved => "flash-oidc-removed",
            Flash::ApiKeyRevoked => "flash-api-key-revoked",
            Flash::RecipientsSaved => "flash-recipients-saved",
        })
    }
}
