//! Connections that there is no room for: they are told, not left waiting.

use crate::{api::error::ApiError, domain::error_code::ErrorCode};
use std::{sync::LazyLock, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
    time::timeout,
};

/// Refused at the same time at most; further ones are closed without a word.
static REFUSING: Semaphore = Semaphore::const_new(32);
/// How long a client may take to receive it.
const PATIENCE: Duration = Duration::from_secs(1);
const RETRY_AFTER: u32 = 2;

static ANSWER: LazyLock<String> = LazyLock::new(|| {
    let sentence = "The server has as many connections as it can hold. Try again in a moment.";
    let error = ApiError {
        retry_after: Some(RETRY_AFTER),
        ..ApiError::new(ErrorCode::TooManyConnections, sentence)
    };
    let body = serde_json::to_string(&error).unwrap_or_default();
    format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: \
            {}\r\n\
         cache-control: no-store\r\nretry-after: {RETRY_AFTER}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
});

/// Answers 503 whatever the client wants, and closes.
pub fn politely(mut stream: TcpStream) {
    let Ok(permit) = REFUSING.try_acquire() else { return };
    tokio::spawn(async move {
        let _permit = permit;
        let answer = async {
            stream.write_all(ANSWER.as_bytes()).await?;
            stream.shutdown().await?;
            // Closed with something unread, the connection would be reset and the answer might be
            // lost.
            let mut rest = [0; 1024];
            while stream.read(&mut rest).await? > 0 {}
            Ok::<_, std::io::Error>(())
        };
        let _ = timeout(PATIENCE, answer).await;
    });
}
