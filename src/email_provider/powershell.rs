//! The commands with which an Exchange administrator lets the application send from one mailbox only:
//! role-based access control for applications, which Microsoft recommends in place of a consent for
//! every mailbox. Source: Microsoft Learn, "Role Based Access Control for Applications in Exchange Online".

/// What stands for a value that was not entered yet.
const CLIENT_ID: &str = "00000000-0000-0000-0000-000000000000";
const SENDER: &str = "reports@example.com";

/// The commands, with the tenant's own values where there are any.
pub(super) fn restrict_to_mailbox(client_id: Option<&str>, sender: Option<&str>) -> String {
    format!(
        "$clientId = {client_id}
$sender = {sender}

Install-Module ExchangeOnlineManagement, Microsoft.Graph.Applications -Scope CurrentUser
Connect-MgGraph -Scopes Application.Read.All
$app = Get-MgServicePrincipal -Filter \"appId eq '$clientId'\"

Connect-ExchangeOnline
$mailbox = Get-Mailbox -Identity $sender
$scope = \"Only $($mailbox.Guid)\"
New-ServicePrincipal -AppId $app.AppId -ObjectId $app.Id -DisplayName $app.DisplayName
New-ManagementScope -Name $scope -RecipientRestrictionFilter \"Guid -eq '$($mailbox.Guid)'\"
New-ManagementRoleAssignment -App $app.Id -Role 'Application Mail.Send' -CustomResourceScope $scope
Test-ServicePrincipalAuthorization -Identity $app.Id -Resource $sender
",
        client_id = quoted(client_id.unwrap_or(CLIENT_ID)),
        sender = quoted(sender.unwrap_or(SENDER)),
    )
}

/// A literal text for PowerShell, which takes four curly quotation marks for straight ones and knows no
/// escape within but doubling. Source: Microsoft Learn, `about_Quoting_Rules`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_typed_becomes_a_command() {
        for (text, expected) in [
            ("o'brien@acme.example", "'o''brien@acme.example'"),
            (
                "a\u{2019};Remove-Mailbox\u{2019}@acme.example",
                "'a\u{2019}\u{2019};Remove-Mailbox\u{2019}\u{2019}@acme.example'",
            ),
            ("$(calc)@acme.example", "'$(calc)@acme.example'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
    }
}
