# From where this installation's connections come.
allow-list-title = Addresses for allow-lists
allow-list-lead = From these addresses the portal connects to your mail server.
allow-list-addresses = Addresses
allow-list-list = As a list
allow-list-firewall = Firewall
allow-list-firewall-what = If your mail server or a firewall in front of it lets in known addresses only, allow these to reach the port of your email provider’s settings (usually 587, 465 or 25). The same holds for a relay that knows senders by their address instead of a password.
allow-list-spf = SPF
allow-list-spf-terms = As terms of an SPF record
allow-list-scripts = For scripts, as JSON and without signing in:
allow-list-spf-what = Usually nothing of this belongs into SPF: recipients see your mail server’s address, not the portal’s. Add these terms to the SPF record of the sender’s domain only if your server hands mail on unchanged, so that recipients see the portal’s address. Whoever administers the domain’s DNS does this; it concerns everybody who sends for the domain.
allow-list-microsoft = Microsoft 365
allow-list-microsoft-what = The provider Microsoft 365 needs no allow-list: the portal signs in at Microsoft.
allow-list-empty-title = No addresses are known
allow-list-empty = Whoever operates this installation has not stated from which addresses it connects. They can do so with the setting { $setting }; until then, ask them.
