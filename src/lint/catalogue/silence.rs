//! Rules about what is meant to silence the linter: so that an exception cannot outlive its reason.

super::family! { Silence:
    IgnoreInvalid "ignore-invalid" "S501" Warning Certain
    "an inline ignore without a known code, or without a reason"
    "it silences nothing: an exception that nobody can judge later is no exception"
    "write `# iamrbac: ignore CODE reason`"
    "iamrbac: inline comments"

    IgnoreUnused "ignore-unused" "S502" Note Certain
    "an inline ignore of something that is not there"
    "it would hide the same mistake, made anew"
    "remove the comment"
    "iamrbac: inline comments"

    ExceptionExpired "exception-expired" "S503" Warning Certain
    "an expected exception whose day has passed"
    "it silences nothing any more; what it was for is told again"
    "mend what it was for, or give it another day and say why"
    "iamrbac: configuration, `expected`"

    ExceptionUnused "exception-unused" "S504" Note Certain
    "an expected exception of something that is not there"
    "it would hide the same mistake, made anew"
    "remove it from the configuration"
    "iamrbac: configuration, `expected`"

    SilenceAdded "silence-added" "S505" Warning Certain
    "something that silences findings, added by the change that is judged"
    "whoever may change a manifest could hide what is wrong with it in the same change"
    "let somebody look at it by itself; once it is in the base it counts"
    "iamrbac: `lint --base`, `diff`"
}
