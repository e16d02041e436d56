use super::Microsoft365Cause as Cause;
use super::http::{TransportError, Why};

/// What a request of a delivery is for. It decides what the same refusal, or the same silence, means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The message is handed over.
    Message,
    /// What is handed over is no message: a check wants to know how far it comes.
    Probe,
    /// A draft is made.
    Draft,
    /// The draft gets its text, or a file.
    Filling,
    /// A part of a file goes to Exchange Online's own host.
    Upload,
    /// The draft is sent.
    SendDraft,
}

impl Stage {
    /// Whether the message may be on its way when the request has arrived.
    fn sends(self) -> bool {
        matches!(self, Stage::Message | Stage::SendDraft)
    }

    /// What a refusal means. Trouble with a draft or a file is about this message: it must not stop the mail
    /// of a tenant whose other messages go through.
    pub(super) fn means(self, cause: Cause) -> Cause {
        let is_passing = matches!(cause, Cause::Throttled { .. } | Cause::Unavailable { .. });
        match (self, cause) {
            // it cannot have been accepted
            (Stage::Probe, Cause::OutcomeUnknown) => Cause::Unavailable { after_seconds: None },
            (Stage::Message | Stage::Probe, cause) => cause,
            (_, Cause::TooLarge { .. }) => Cause::LargerThanMailboxAllows,
            // the mailbox is there, so it is the draft that is not
            (Stage::SendDraft, Cause::MailboxUnknown | Cause::MailboxMissing) => Cause::UnexpectedAnswer,
            (Stage::SendDraft, cause) => cause,
            (Stage::Upload, cause) if !is_passing && cause != Cause::MailboxFull => Cause::UploadFailed,
            (Stage::Filling, Cause::MailboxUnknown | Cause::MailboxMissing) => Cause::UploadFailed,
            // of a draft nobody knows whether other messages meet it too
            (Stage::Draft | Stage::Filling, Cause::SendingRefused) => Cause::MessageRefused,
            (_, Cause::OutcomeUnknown) => Cause::Unavailable { after_seconds: None },
            // without the policy's words too: Exchange grants each permission by itself
            (_, Cause::MayNotSend | Cause::MailboxExcluded) => Cause::MayNotWriteDrafts,
            (_, cause) => cause,
        }
    }

    /// What silence means. Before the whole request was on its way Graph cannot have taken the message;
    /// afterwards it may.
    pub(super) fn silence(self, silence: TransportError) -> Cause {
        match silence.why {
            _ if self == Stage::Upload => Cause::UploadFailed,
            Why::NotTrusted => Cause::NotTrusted,
            _ if silence.request_sent && self.sends() => Cause::OutcomeUnknown,
            Why::Timeout => Cause::Timeout,
            Why::NotReachable => Cause::NotReachable,
            Why::OwnLimit => Cause::OutOfResources,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_that_sends_leaves_its_outcome_unknown() {
        for why in [Why::NotReachable, Why::Timeout, Why::NotTrusted] {
            for stage in [Stage::Message, Stage::Draft, Stage::Filling, Stage::Upload, Stage::SendDraft] {
                let unknown =
                    stage.silence(TransportError { why, request_sent: true }) == Cause::OutcomeUnknown;
                let sends = matches!(stage, Stage::Message | Stage::SendDraft);
                assert_eq!(unknown, sends && why != Why::NotTrusted, "{why:?} {stage:?}");
                let unsent = stage.silence(TransportError { why, request_sent: false });
                assert_ne!(unsent, Cause::OutcomeUnknown, "{why:?} {stage:?}");
            }
        }
        assert_eq!(Stage::SendDraft.means(Cause::OutcomeUnknown), Cause::OutcomeUnknown);
        assert_eq!(Stage::Draft.means(Cause::OutcomeUnknown), Cause::Unavailable { after_seconds: None });
    }

    #[test]
    fn a_draft_that_may_not_be_written_is_no_matter_of_sending() {
        for denied in [Cause::MayNotSend, Cause::MailboxExcluded] {
            assert_eq!(Stage::Draft.means(denied.clone()), Cause::MayNotWriteDrafts);
            assert_eq!(Stage::Filling.means(denied.clone()), Cause::MayNotWriteDrafts);
            assert_eq!(Stage::SendDraft.means(denied.clone()), denied);
            assert_eq!(Stage::Message.means(denied.clone()), denied);
            assert_eq!(Stage::Upload.means(denied), Cause::UploadFailed);
        }
        let limit = 1;
        assert_eq!(Stage::SendDraft.means(Cause::TooLarge { limit }), Cause::LargerThanMailboxAllows);
        assert_eq!(Stage::Message.means(Cause::TooLarge { limit }), Cause::TooLarge { limit });
    }
}
