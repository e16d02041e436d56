# How a tenant's people sign in: the administrators' settings.
sign-in-lead = How the people of { $tenant } sign in to this portal.
sign-in-rule-required = Administrators must use a second factor
sign-in-rule-required-hint = Administrators without one are led to its set-up and can do nothing else before. This also applies to sessions that are open now.
sign-in-rule-own-first = Set up a second factor for yourself first, so that this rule does not lock you out.
sign-in-rule-own = Set up your second factor
