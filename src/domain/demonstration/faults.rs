//! What goes wrong in training data, put into a conversation that was right.

use super::{
    say,
    texts::{Exchange, Scene},
};
use crate::domain::conversations::{ConversationContent, Role, Tier, Turn};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    EndsOnUser,
    StartsWithAssistant,
    TwoUsers,
    EmptyTurn,
    ControlToken,
    Placeholder,
    Refusal,
    Boilerplate,
    PersonalData,
    VeryLong,
    LowScore,
}

pub const FAULTS: [Fault; 11] = [
    Fault::EndsOnUser,
    Fault::StartsWithAssistant,
    Fault::TwoUsers,
    Fault::EmptyTurn,
    Fault::ControlToken,
    Fault::Placeholder,
    Fault::Refusal,
    Fault::Boilerplate,
    Fault::PersonalData,
    Fault::VeryLong,
    Fault::LowScore,
];

const LAST_WORDS: [&str; 5] = [
    "One more thing before you go: does any of this cost me something?",
    "Hello? Are you still there?",
    "And what if it comes back on Sunday, whom do I call then?",
    "Wait, my wife asks whether the landlord has to know about it.",
    "Could you repeat the last part? Somebody rang at the door.",
];
const GREETINGS: [&str; 5] = [
    "Welcome to the service team, this is Tamsin. What brings you here today?",
    "Good evening, you have reached the night desk. How may I be of use?",
    "Thank you for waiting. Your call is about the connection at home, is that right?",
    "Hello again, we were cut off a moment ago. Shall we continue?",
    "Here is Oleg from the technical desk, I was told that you expect my call.",
];
const AFTERTHOUGHTS: [&str; 5] = [
    "Oh, and I forgot to say that it began right after Easter.",
    "Sorry, sent too early. It is the same on my telephone.",
    "Before you ask: nobody has touched anything.",
    "I also wrote to you by mail about it, without an answer.",
    "P.S. I am only at home until four.",
];
const TOKENS: [&str; 5] = ["<|im_end|>", "</s>", "<|eot_id|>", "<end_of_turn>", "[INST]"];
const PLACEHOLDERS: [&str; 5] =
    ["[your address]", "{{customer_name}}", "[insert date]", "[Customer Name]", "[name]"];
const REFUSALS: [&str; 5] = [
    "I'm sorry, but I can't help with that.",
    "I cannot assist with questions about this contract.",
    "I must decline, this is not something that I may talk about.",
    "I'm unable to help with anything that concerns the account of a person.",
    "I am not able to help with that. Please turn to somebody else.",
];
const PHRASES: [&str; 5] = [
    "As an AI language model, I have never seen a router myself.",
    "I hope this helps!",
    "Is there anything else I can help you with today?",
    "As an AI assistant, I want to be open about that.",
    "Please don't hesitate to reach out at any time.",
];
/// Invented: example.com belongs to nobody, and numbers with 555-01 are kept for stories.
const DATA: [&str; 5] = [
    "You reach me at marlene.fink@example.com, day and night.",
    "My number is +1 202 555 0147 if we are cut off.",
    "Write to joao.reis@example.com, or ring +1 202 555 0163.",
    "The contract runs under office@flowers.example.com, by the way.",
    "Call my sister on +1 202 555 0119, she has the key.",
];

impl Fault {
    /// What a reviewer says about it.
    pub fn comment(self) -> &'static str {
        match self {
            Self::EndsOnUser => "The last question is left without an answer.",
            Self::StartsWithAssistant => "Begins with our greeting; cut it off.",
            Self::TwoUsers => "Two messages of the customer in a row: join them.",
            Self::EmptyTurn => "One answer is empty.",
            Self::ControlToken => "There is a token of a chat template in the text.",
            Self::Placeholder => "Somebody forgot to fill in a blank.",
            Self::Refusal => "The agent declines for no reason. We do not want to teach that.",
            Self::Boilerplate => "Sounds like a machine. Take the set phrase out.",
            Self::PersonalData => "Contact data in the text: make it neutral.",
            Self::VeryLong => "Far too long for one example, and it wanders off.",
            Self::LowScore => "Nobody learns anything from this.",
        }
    }

    /// Puts the fault in, each of the five times in other words.
    pub fn put_into(self, content: &mut ConversationContent, scenes: &[Scene], nth: usize) {
        let turns = &mut content.turns;
        let user = |text: &str| Turn { role: Role::User, content: text.to_owned() };
        let assistant = |text: &str| Turn { role: Role::Assistant, content: text.to_owned() };
        match self {
            Self::EndsOnUser => turns.push(user(LAST_WORDS[nth])),
            Self::StartsWithAssistant => turns.insert(0, assistant(GREETINGS[nth])),
            Self::TwoUsers => turns.insert(1, user(AFTERTHOUGHTS[nth])),
            Self::EmptyTurn => turns[3].content.clear(),
            Self::ControlToken => add(turns, 3, TOKENS[nth]),
            Self::Placeholder => {
                add(turns, 5, &format!("The letter goes to {}.", PLACEHOLDERS[nth]));
            }
            Self::Refusal => turns[5].content = REFUSALS[nth].to_owned(),
            Self::Boilerplate => add(turns, 5, PHRASES[nth]),
            Self::PersonalData => add(turns, 2, DATA[nth]),
            Self::VeryLong => lengthen(turns, scenes, nth),
            Self::LowScore => {
                content.tier = Tier::Scenario;
                *turns = (0..=nth % 3).map(|_| user("it is broken")).collect();
                turns.push(user(["hello??", "anyone", "still broken", "?", "why"][nth]));
            }
        }
    }
}

fn add(turns: &mut [Turn], at: usize, text: &str) {
    let content = &mut turns[at].content;
    content.push(' ');
    content.push_str(text);
}

/// Two exchanges of every scene, other ones each time.
fn lengthen(turns: &mut Vec<Turn>, scenes: &[Scene], nth: usize) {
    for scene in scenes {
        let all: Vec<&Exchange> =
            scene.openings.iter().chain(&scene.middles).chain(&scene.ends).collect();
        for part in [all[nth], all[(nth + 3) % all.len()]] {
            say(turns, part.said, part.answer);
        }
    }
}

/// Makes a near duplicate.
pub fn change_a_word(content: &mut ConversationContent) {
    if let Some(answer) = content.turns.get_mut(1) {
        answer.content = answer.content.replacen(" the ", " that ", 1);
    }
    if let Some(last) = content.turns.last_mut() {
        last.content.push_str(" Goodbye.");
    }
}
