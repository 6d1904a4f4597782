//! What the provider says of the account and not of the request: limits of money and of growth, and
//! holds. Each has a word of its own in `error.details.error_code`.

use crate::domain::error_code::ErrorCode;

/// A limit of the account at the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountLimit {
    /// The month's money of the account's tier is used up.
    Tier,
    /// That of the contract.
    Contract,
    /// Usage grows too fast; it passes.
    Ramp,
    /// The account is disabled for reasons of safety.
    Hold,
    /// Another organization, to which the request is billed, has no money for it.
    Linked,
}

impl AccountLimit {
    const WORDS: [(&str, Self); 5] = [
        // Before the shorter one that ends like it.
        ("linked_organization_spend_limit_reached", Self::Linked),
        ("enforced_spend_limit_reached", Self::Tier),
        ("contract_spend_limit_reached", Self::Contract),
        ("ramp_limit_exceeded", Self::Ramp),
        ("organization_on_hold", Self::Hold),
    ];

    /// The limit of which an error has the word.
    pub fn named(has: impl Fn(&str) -> bool) -> Option<Self> {
        Self::WORDS.into_iter().find(|(word, _)| has(word)).map(|(_, limit)| limit)
    }

    /// Everything is refused until somebody does something; trying again does not help.
    pub fn is_lasting(self) -> bool {
        self != Self::Ramp
    }

    /// A stable name, and what happened and what to do.
    pub fn explain(self) -> (ErrorCode, &'static str) {
        match self {
            Self::Tier => (
                ErrorCode::ClaudeSpendCap,
                "The month's spend cap of your organization at Anthropic is reached. Move to a \
                    higher tier in the Claude Console, or wait for the next month.",
            ),
            Self::Contract => (
                ErrorCode::ClaudeContractLimit,
                "The spend limit of your organization's contract with Anthropic is reached. Ask \
                    whoever looks after the contract to have it raised.",
            ),
            Self::Ramp => (
                ErrorCode::ClaudeRampLimit,
                "Your use of Claude grows faster than Anthropic allows. Wait a moment and try \
                    again, or send fewer requests at once.",
            ),
            Self::Hold => (
                ErrorCode::ClaudeOnHold,
                "Anthropic has disabled your organization for reasons of trust and safety. Those \
                    in charge of the account find in the Claude Console how to appeal.",
            ),
            Self::Linked => (
                ErrorCode::ClaudeLinkedLimit,
                "The organization at Anthropic that this is billed to has reached a spend limit of \
                    its own, or has no credit left. Ask those who run it to raise the limit or to \
                    add credit.",
            ),
        }
    }
}
