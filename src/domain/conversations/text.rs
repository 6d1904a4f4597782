//! Texts about a conversation, as people may write them.

/// The longest persona, emotion, topic and so on, in Unicode scalar values.
pub const MAX_TEXT: usize = 200;

/// What stands between tags where they are one text, as in exports.
pub const BETWEEN: &str = "; ";

/// A text without the space around it; `None` when nothing is left.
///
/// # Errors
/// The sentence that says what is wrong with it.
pub fn optional(what: &str, raw: &str, longest: usize) -> Result<Option<String>, String> {
    let text = raw.trim();
    let length = text.chars().count();
    if length > longest {
        return Err(format!("{what} must have at most {longest} characters, but has {length}."));
    }
    // PostgreSQL stores no NUL, and the others are invisible to whoever reviews the form.
    if text.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(format!("{what} must have no control characters."));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Tags, trimmed, each once.
///
/// # Errors
/// The sentence that says what is wrong with them.
pub fn categories(raw: &[String]) -> Result<Vec<String>, String> {
    let mut categories = Vec::new();
    for category in raw {
        let Some(category) = optional("A category", category, 60)? else { continue };
        if category.contains(BETWEEN) {
            return Err(format!(
                "A category must not contain “{BETWEEN}”: files put that between."
            ));
        }
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    if categories.len() > 20 {
        Err("There may be at most 20 categories.".into())
    } else {
        Ok(categories)
    }
}
