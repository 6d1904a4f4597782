//! A mail server on this machine, which speaks the real protocol and takes, refuses or forgets to
//! answer as a test wants.

use mailin::{Action, AuthMechanism, Handler, Response, SessionBuilder, response};
use std::{
    io::{BufRead, BufReader, Write},
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};
use train::server::config::{MailSettings, SmtpServer};

/// How it treats the next letters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    #[default]
    Take,
    /// 451: come again.
    Busy,
    /// 550: nobody lives here.
    NoMailbox,
    /// 535, for whoever signs in.
    WrongPassword,
    /// Takes the letter, and the connection breaks before it says so.
    TakeAndBreak,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub to: String,
    /// With its headers, as it came over the line.
    pub text: String,
}

impl Taken {
    pub fn header(&self, name: &str) -> &str {
        let start = format!("{}: ", name.to_lowercase());
        let line = self.text.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.map(|line| line[start.len()..].trim_end()).unwrap_or_default()
    }
}

#[derive(Clone, Default)]
struct Book {
    manner: Arc<Mutex<Manner>>,
    taken: Arc<Mutex<Vec<Taken>>>,
}

/// Its threads end with the process; each test has one of its own.
pub struct PostOffice {
    pub address: SocketAddr,
    book: Book,
}

impl PostOffice {
    pub fn open() -> Self {
        Self::opened(false)
    }

    /// One that takes letters only from those who sign in.
    pub fn with_password() -> Self {
        Self::opened(true)
    }

    fn opened(demanding: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let (address, book) = (listener.local_addr().unwrap(), Book::default());
        let clerk = book.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let book = clerk.clone();
                thread::spawn(move || converse(stream, &book, demanding));
            }
        });
        Self { address, book }
    }

    /// For a server that hands its mail in here.
    pub fn settings(&self) -> MailSettings {
        Self::at(&format!("smtp://{}?tls=none", self.address))
    }

    /// The same with a name and a password.
    pub fn settings_with_password(&self) -> MailSettings {
        Self::at(&format!("smtp://train:secret%2Fword@{}?tls=none", self.address))
    }

    pub fn at(url: &str) -> MailSettings {
        MailSettings {
            server: SmtpServer::parse(url).unwrap(),
            from: "Train <train@train.test>".parse().unwrap(),
        }
    }

    pub fn be(&self, manner: Manner) {
        *self.book.manner.lock().unwrap() = manner;
    }

    /// The token in the link to a page, of the letter that was taken last with one.
    pub fn token(&self, page: &str) -> String {
        let link = format!("{page}?token=");
        let letters = self.taken();
        let mut tokens = letters.iter().rev().filter_map(|letter| {
            // Quoted-printable: long lines are broken, and the sign that it writes with is written
            // with itself.
            let text = letter.text.replace("=\r\n", "").replace("=\n", "").replace("=3D", "=");
            let (_, token) = text.split_once(&link)?;
            let is_part = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
            Some(token.chars().take_while(is_part).collect())
        });
        tokens.next().expect("a letter has the link")
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.book.taken.lock().unwrap().clone()
    }
}

struct Clerk {
    book: Book,
    to: String,
    text: Vec<u8>,
}

impl Clerk {
    fn manner(&self) -> Manner {
        *self.book.manner.lock().unwrap()
    }
}

impl Handler for Clerk {
    fn rcpt(&mut self, to: &str) -> Response {
        to.clone_into(&mut self.to);
        match self.manner() {
            Manner::Busy => response::INTERNAL_ERROR,
            Manner::NoMailbox => response::NO_MAILBOX,
            _ => response::OK,
        }
    }

    fn data(&mut self, line: &[u8]) -> std::io::Result<()> {
        self.text.extend_from_slice(line);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let text = String::from_utf8(std::mem::take(&mut self.text)).expect("a letter is text");
        self.book.taken.lock().unwrap().push(Taken { to: self.to.clone(), text });
        response::OK
    }

    fn auth_plain(&mut self, _: &str, user: &str, password: &str) -> Response {
        let right =
            (user, password) == ("train", "secret/word") && self.manner() != Manner::WrongPassword;
        if right { response::AUTH_OK } else { response::INVALID_CREDENTIALS }
    }
}

fn converse(mut stream: TcpStream, book: &Book, demanding: bool) {
    let here = IpAddr::from([127, 0, 0, 1]);
    let mut builder = SessionBuilder::new("post.test");
    if demanding {
        builder.enable_auth(AuthMechanism::Plain).insecure_enable_plaintext_auth();
    }
    let mut session =
        builder.build(here, Clerk { book: book.clone(), to: String::new(), text: Vec::new() });
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut answer = session.greeting();
    let mut line = Vec::new();
    loop {
        if !matches!(answer.action, Action::NoReply)
            && answer.write_to(&mut stream).and_then(|()| stream.flush()).is_err()
        {
            return;
        }
        line.clear();
        if matches!(answer.action, Action::Close)
            || lines.read_until(b'\n', &mut line).is_ok_and(|length| length == 0)
        {
            return;
        }
        let before = book.taken.lock().unwrap().len();
        answer = session.process(&line);
        let took = book.taken.lock().unwrap().len() > before;
        if took && *book.manner.lock().unwrap() == Manner::TakeAndBreak {
            return;
        }
    }
}
