//! A git server on loopback: `git http-backend` behind a few lines of HTTP/1.1, which can ask for
//! a password, lead elsewhere, fall silent and hang up.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::git;

/// How the server behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Honest,
    /// Wants this password.
    Password(String),
    /// Sends so many bytes of the pack and then nothing.
    StallAfter(usize),
    /// Sends so many bytes of the pack and hangs up.
    CloseAfter(usize),
    /// Takes the connection and says nothing.
    Silent,
    /// Sends a few bytes of the pack at a time.
    Trickle,
    /// Leads to another server.
    Redirect(String),
    /// Wants a password for everything and never takes one.
    Closed,
}

/// One request: the first line, the headers (names in lower case), the body.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, value)| value.as_str())
    }
}

pub(crate) struct Forge {
    pub(crate) port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Forge {
    /// Serves the repositories in `root`.
    pub(crate) fn start(root: &Path, manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let server = Server {
            root: root.to_owned(),
            manner,
            requests: Arc::clone(&requests),
        };
        let server = Arc::new(server);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = Arc::clone(&server);
                // A client that hangs up is not the server's problem.
                std::thread::spawn(move || drop(server.serve(stream)));
            }
        });
        Self { port, requests }
    }

    pub(crate) fn url(&self, name: &str) -> String {
        format!("http://127.0.0.1:{}/{name}", self.port)
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

struct Server {
    root: PathBuf,
    manner: Manner,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let Some(request) = read(&stream)? else {
            return Ok(());
        };
        self.requests.lock().unwrap().push(request.clone());
        let refuse = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        match &self.manner {
            Manner::Silent => {
                std::thread::sleep(Duration::from_mins(1));
                return Ok(());
            }
            Manner::Closed => return stream.write_all(refuse.as_bytes()),
            Manner::Password(password)
                if request
                    .header("authorization")
                    .is_none_or(|a| !basic(a).ends_with(&format!(":{password}"))) =>
            {
                return stream.write_all(refuse.as_bytes());
            }
            Manner::Redirect(to) => {
                let path = request.line.split(' ').nth(1).unwrap_or_default();
                let head = format!(
                    "HTTP/1.1 302 Found\r\nLocation: {to}{path}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                );
                return stream.write_all(head.as_bytes());
            }
            _ => {}
        }
        let (head, body) = self.backend(&request)?;
        let is_pack = request.line.starts_with("POST");
        let head = format!(
            "{head}Content-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        match self.manner {
            Manner::StallAfter(count) if is_pack && count < body.len() => {
                stream.write_all(&body[..count])?;
                std::thread::sleep(Duration::from_mins(1));
            }
            Manner::CloseAfter(count) if is_pack && count < body.len() => {
                stream.write_all(&body[..count])?;
            }
            Manner::Trickle if is_pack => {
                for part in body.chunks(100) {
                    stream.write_all(part)?;
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
            _ => stream.write_all(&body)?,
        }
        stream.shutdown(std::net::Shutdown::Write)
    }

    /// The status line and headers, and the body.
    fn backend(&self, request: &Request) -> std::io::Result<(String, Vec<u8>)> {
        let mut parts = request.line.split(' ');
        let (method, target) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let header = |name| request.header(name).unwrap_or_default();
        let mut child = git::command(&self.root)
            .arg("http-backend")
            .env("GIT_PROJECT_ROOT", &self.root)
            .env("GIT_HTTP_EXPORT_ALL", "1")
            .env("PATH_INFO", path)
            .env("QUERY_STRING", query)
            .env("REQUEST_METHOD", method)
            .env("CONTENT_TYPE", header("content-type"))
            .env("CONTENT_LENGTH", request.body.len().to_string())
            .env("HTTP_CONTENT_ENCODING", header("content-encoding"))
            .env("GIT_PROTOCOL", header("git-protocol"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        child.stdin.take().unwrap().write_all(&request.body)?;
        let output = child.wait_with_output()?.stdout;
        let end = output
            .windows(4)
            .position(|w| w == b"\r\n\r\n")
            .unwrap_or(output.len());
        let mut status = "200 OK".to_owned();
        let mut headers = String::new();
        for line in String::from_utf8_lossy(&output[..end]).lines() {
            match line.strip_prefix("Status: ") {
                Some(code) => code.clone_into(&mut status),
                None => headers.extend([line, "\r\n"]),
            }
        }
        let body = output.get(end + 4..).unwrap_or_default().to_vec();
        Ok((format!("HTTP/1.1 {status}\r\n{headers}"), body))
    }
}

fn read(stream: &TcpStream) -> std::io::Result<Option<Request>> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut request = Request {
        line: line.trim().to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            break;
        };
        request
            .headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
    }
    if request.header("transfer-encoding") == Some("chunked") {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk)?;
            if size == 0 {
                break;
            }
            request.body.extend(&chunk[..size]);
        }
    } else {
        let length = request
            .header("content-length")
            .and_then(|l| l.parse().ok())
            .unwrap_or(0);
        request.body.resize(length, 0);
        reader.read_exact(&mut request.body)?;
    }
    Ok(Some(request))
}

/// `user:password` of a header `Basic …`.
pub(crate) fn basic(header: &str) -> String {
    let text = header.strip_prefix("Basic ").unwrap_or_default();
    let mut bits = 0_u32;
    let mut count = 0;
    let mut bytes = Vec::new();
    for c in text.bytes().take_while(|c| *c != b'=') {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
