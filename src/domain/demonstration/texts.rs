//! The written parts: scenes with their exchanges, and the people who call.

/// What a customer says, and the answer.
#[derive(Clone, Copy, Debug)]
pub struct Exchange {
    pub said: &'static str,
    pub answer: &'static str,
}

#[derive(Clone, Debug)]
pub struct Scene {
    pub title: &'static str,
    pub topic: &'static str,
    pub intent: &'static str,
    pub tags: Vec<&'static str>,
    pub openings: Vec<Exchange>,
    pub middles: Vec<Exchange>,
    pub ends: Vec<Exchange>,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub name: &'static str,
    pub emotion: &'static str,
    pub tone: &'static str,
    /// `lower`, `loud` or `plain`.
    manner: &'static str,
    pub greeting: &'static str,
    pub asides: [Exchange; 2],
}

impl Person {
    /// A text as this person types it.
    pub fn in_their_manner(&self, text: &str) -> String {
        match self.manner {
            "lower" => text.to_lowercase().trim_end_matches('.').to_owned(),
            "loud" => text.replace(". ", "! ").trim_end_matches('.').to_owned() + "!",
            _ => text.to_owned(),
        }
    }
}

/// Those of `scenes.txt`. What is not written as it should be is left out; a test counts them.
pub fn scenes() -> Vec<Scene> {
    let scenes = entries(include_str!("scenes.txt")).into_iter();
    scenes
        .filter_map(|(head, lines)| {
            let &[title, topic, intent, tags] = &head[..] else { return None };
            (lines.len() == 8).then(|| Scene {
                title,
                topic,
                intent,
                tags: tags.split(", ").collect(),
                openings: lines[..2].to_vec(),
                middles: lines[2..6].to_vec(),
                ends: lines[6..].to_vec(),
            })
        })
        .collect()
}

/// Those of `people.txt`.
pub fn people() -> Vec<Person> {
    let people = entries(include_str!("people.txt")).into_iter();
    people
        .filter_map(|(head, lines)| {
            let &[name, emotion, tone, manner, greeting] = &head[..] else { return None };
            let asides = lines.try_into().ok()?;
            Some(Person { name, emotion, tone, manner, greeting, asides })
        })
        .collect()
}

/// What stands after each `= `: the parts of that line, and the exchanges below it.
fn entries(text: &'static str) -> Vec<(Vec<&'static str>, Vec<Exchange>)> {
    let mut entries: Vec<(Vec<&str>, Vec<Exchange>)> = Vec::new();
    for line in text.lines() {
        if let Some(head) = line.strip_prefix("= ") {
            entries.push((head.split(" | ").collect(), Vec::new()));
        } else if !line.starts_with('#')
            && let Some((said, answer)) = line.split_once(" >> ")
            && let Some((_, exchanges)) = entries.last_mut()
        {
            exchanges.push(Exchange { said, answer });
        }
    }
    entries
}
