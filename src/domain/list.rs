//! Several words in one parameter of an address: `status=approved,rejected`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt::Display, str::FromStr};

/// Words that are all allowed, joined by commas on the wire. None: it is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> List<T> {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: PartialEq> List<T> {
    /// The same with one more word, or without it when it was there.
    #[must_use]
    pub fn toggled(mut self, word: T) -> Self {
        match self.0.iter().position(|own| *own == word) {
            Some(index) => drop(self.0.remove(index)),
            None => self.0.push(word),
        }
        self
    }
}

impl<T: FromStr<Err = String> + PartialEq> FromStr for List<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let word = part.parse()?;
            if !words.contains(&word) {
                words.push(word);
            }
        }
        Ok(Self(words))
    }
}

impl<T: Display> Display for List<T> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, word) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(",")?;
            }
            write!(formatter, "{word}")?;
        }
        Ok(())
    }
}

impl<T: Display> Serialize for List<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: FromStr<Err = String> + PartialEq> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::conversations::Status;

    #[test]
    fn words_are_read_as_they_were_written_each_once() {
        let list: List<Status> = "approved, rejected,,approved".parse().unwrap();
        assert_eq!(list.0, [Status::Approved, Status::Rejected]);
        assert_eq!(serde_json::to_string(&list).unwrap(), r#""approved,rejected""#);
        assert!("approved,eaten".parse::<List<Status>>().unwrap_err().contains("one of"));
        assert!("".parse::<List<Status>>().unwrap().is_empty());
    }

    #[test]
    fn a_word_comes_and_goes() {
        let list = List(vec![1, 2]);
        assert_eq!(list.clone().toggled(2).0, [1]);
        assert_eq!(list.toggled(3).0, [1, 2, 3]);
    }
}
