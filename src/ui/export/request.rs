//! What is asked of the server, and what is offered of what it leaves out.

use super::{Asked, Subject};
use crate::{
    api::exports::ExportRequest,
    domain::{
        exports::{ExportOptions, ExportWishes, LeftOut, LeftOutCount},
        preferences::values::ExportFormat,
    },
};

pub fn request(asked: &Asked, mut options: ExportWishes) -> ExportRequest {
    if options.format != Some(ExportFormat::Jsonl) {
        options.kind = None;
    }
    if options.bundle == Some(true) {
        options.gzip = None;
    }
    let request = ExportRequest::default();
    match asked.subject.clone() {
        Subject::Rows(conversations) => ExportRequest { conversations, options, ..request },
        Subject::Query(query) => ExportRequest { query: Some(query), options, ..request },
        Subject::Version(id, _) => {
            let options = ExportWishes { include: Vec::new(), token_fit: None, ..options };
            ExportRequest { version_id: Some(id), options, ..request }
        }
    }
}

/// What of a request decides how many conversations there are; the rest says how they are written.
pub fn question(request: ExportRequest) -> ExportRequest {
    let ExportWishes { format, kind, include, token_fit, .. } = request.options;
    let options = ExportWishes { format, kind, include, token_fit, ..ExportWishes::default() };
    ExportRequest { options, ..request }
}

/// What an export was written with, as if the person had chosen all of it.
pub fn as_before(options: ExportOptions) -> ExportWishes {
    ExportWishes {
        format: Some(options.format),
        kind: Some(options.kind),
        metadata: Some(options.metadata),
        descriptions: Some(options.descriptions),
        quality_scores: Some(options.quality_scores),
        timestamps: Some(options.timestamps),
        approval_history: Some(options.approval_history),
        gzip: Some(options.gzip),
        bundle: Some(options.bundle),
        include: options.include,
        token_fit: None,
    }
}

/// Adds what is left out now. What is included is left out no more, and stays offered with the
/// count that it had.
pub fn offer(offered: &mut Vec<LeftOutCount>, left_out: &[LeftOutCount], included: &[LeftOut]) {
    let is_wanted = |reason| included.contains(&reason);
    offered.retain(|own| is_wanted(own.reason));
    let mut known = std::mem::take(offered);
    known.extend(left_out.iter().filter(|own| own.count > 0 && !is_wanted(own.reason)));
    for reason in LeftOut::ON_REQUEST {
        let found = known.iter().find(|own| own.reason == reason).copied();
        let chosen = is_wanted(reason).then_some(LeftOutCount { reason, count: 0 });
        offered.extend(found.or(chosen));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::exports::{JsonlKind, TokenFit, TokenRule};
    use uuid::Uuid;

    #[test]
    fn what_is_left_out_is_offered_and_what_is_included_stays_so() {
        let count = |reason, count| LeftOutCount { reason, count };
        let mut offered = Vec::new();
        let left_out = [
            count(LeftOut::TooLong, 9),
            count(LeftOut::Untrainable, 40),
            count(LeftOut::Archived, 3),
            count(LeftOut::Rejected, 0),
        ];
        offer(&mut offered, &left_out, &[]);
        let all = [count(LeftOut::Archived, 3), count(LeftOut::Untrainable, 40)];
        assert_eq!(offered, all, "in one order, and nothing that cannot be included");
        offer(&mut offered, &[count(LeftOut::Untrainable, 42)], &[LeftOut::Archived]);
        assert_eq!(offered, [count(LeftOut::Archived, 3), count(LeftOut::Untrainable, 42)]);
        offer(&mut offered, &[], &[]);
        assert_eq!(offered, []);
        offer(&mut offered, &[], &[LeftOut::Demonstration]);
        assert_eq!(offered, [count(LeftOut::Demonstration, 0)], "as an export before had it");
    }

    #[test]
    fn a_request_says_only_what_can_be_meant() {
        let options = ExportWishes {
            format: Some(ExportFormat::Csv),
            kind: Some(JsonlKind::Openai),
            gzip: Some(true),
            bundle: Some(true),
            include: vec![LeftOut::Archived],
            token_fit: Some(TokenFit { target: 4096, rule: TokenRule::Cut }),
            ..ExportWishes::default()
        };
        let asked = |subject| Asked { subject, before: None, turn: 0 };
        let own = request(&asked(Subject::Query(String::new())), options.clone());
        assert_eq!(own.query.as_deref(), Some(""));
        assert_eq!((own.options.kind, own.options.gzip), (None, None));
        assert!(own.options.check().is_ok() && own.options.token_fit.is_some());
        let packed = ExportWishes { bundle: None, metadata: Some(false), ..own.options.clone() };
        let other = ExportRequest { options: packed, ..own.clone() };
        assert_eq!(question(other), question(own), "they have as many conversations");
        let version = Subject::Version(Uuid::nil(), "Answers, version 1".into());
        let own = request(&asked(version), options);
        assert_eq!(own.version_id, Some(Uuid::nil()));
        assert!(own.options.include.is_empty() && own.options.token_fit.is_none());
    }
}
