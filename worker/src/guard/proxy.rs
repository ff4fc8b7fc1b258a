//! A proxy on loopback that git clones go through.
//!
//! libgit2 resolves names and follows redirects by itself. Sent through this proxy, each of its connections for https is
//! asked for here by `CONNECT`: the name is resolved through the guard and the judged address connected to. Plain http is
//! for exempt hosts only; libgit2 connects to those past any proxy, and is told to follow no redirect to another host then
//! (one to another port of the same host it follows all the same). Nobody else on the machine can use the proxy: each
//! clone knows a password of its own making.
//!
//! git's own protocol and ssh use no proxy. Their name is resolved here and the address put in its place.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::ConstantTimeEq as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

use super::{Guard, GuardError, UrlKind};

/// Longest head of a request, in bytes.
const LONGEST_HEAD: usize = 16 << 10;
/// How long a head may take to arrive, and a connection to be made.
const PATIENCE: Duration = Duration::from_secs(10);
/// Connections at a time.
const CONNECTIONS: usize = 256;

/// The proxy. It ends when it is dropped.
#[derive(Debug)]
pub struct GuardProxy {
    address: SocketAddr,
    password: String,
    task: JoinHandle<()>,
}

/// Where git is to connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneTarget {
    /// Address for git.
    pub url: String,
    /// Proxy for git, with its password; `None` where the scheme uses none and the address is pinned.
    pub proxy: Option<String>,
}

impl Drop for GuardProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl GuardProxy {
    /// Starts it on a free port of loopback.
    pub async fn start(guard: Guard) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let password = hex::encode(rand::random::<[u8; 16]>());
        let expected = format!("Basic {}", STANDARD.encode(format!("cortex:{password}")));
        let task = tokio::spawn(accept(listener, guard, Arc::from(expected)));
        Ok(Self {
            address,
            password,
            task,
        })
    }

    /// Its address, with the password.
    pub fn url(&self) -> String {
        format!("http://cortex:{}@{}", self.password, self.address)
    }

    /// Where git is to connect for a clone address.
    pub async fn target(&self, guard: &Guard, clone: &str) -> Result<CloneTarget, GuardError> {
        let url = guard.check_url(clone, UrlKind::Git)?;
        if matches!(url.scheme(), "http" | "https") {
            return Ok(CloneTarget {
                url: url.to_string(),
                proxy: Some(self.url()),
            });
        }
        let default = if url.scheme() == "ssh" { 22 } else { 9418 };
        let host = url.host_str().unwrap_or_default().to_owned();
        let found = guard.resolve(&host, url.port().unwrap_or(default)).await?;
        let mut pinned = url;
        if let Some(address) = found.first() {
            pinned
                .set_host(Some(&match address.ip() {
                    std::net::IpAddr::V4(ip) => ip.to_string(),
                    std::net::IpAddr::V6(ip) => format!("[{ip}]"),
                }))
                .map_err(|error| GuardError::Malformed(error.to_string()))?;
        }
        Ok(CloneTarget {
            url: pinned.to_string(),
            proxy: None,
        })
    }
}

async fn accept(listener: TcpListener, guard: Guard, expected: Arc<str>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let (guard, expected) = (guard.clone(), Arc::clone(&expected));
        tokio::spawn(async move {
            // A broken connection is the client's to notice.
            let _ = serve(stream, &guard, &expected).await;
            drop(permit);
        });
    }
}

/// The head of a request.
struct Head {
    method: String,
    target: String,
    headers: Vec<String>,
    /// What came after it.
    rest: Vec<u8>,
}

async fn serve(mut client: TcpStream, guard: &Guard, expected: &str) -> std::io::Result<()> {
    let Ok(Ok(Some(head))) = tokio::time::timeout(PATIENCE, read_head(&mut client)).await else {
        return refuse(&mut client, "400 Bad Request", "a request was expected").await;
    };
    let given = header(&head, "proxy-authorization").unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        let challenge =
            "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"cortex\"";
        return refuse(&mut client, challenge, "wrong password").await;
    }
    if head.method != "CONNECT" {
        return refuse(
            &mut client,
            "405 Method Not Allowed",
            "CONNECT was expected",
        )
        .await;
    }
    let Some((host, port)) = host_and_port(&head.target) else {
        return refuse(&mut client, "400 Bad Request", "host:port was expected").await;
    };
    match connect(guard, &host, port).await {
        Ok(mut server) => {
            client
                .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
                .await?;
            server.write_all(&head.rest).await?;
            copy_bidirectional(&mut client, &mut server).await?;
            Ok(())
        }
        Err(refusal) => refuse(&mut client, refusal.status, &refusal.reason).await,
    }
}

/// Why no connection is made. What the guard forbids stays forbidden; what does not answer may later.
struct Refusal {
    status: &'static str,
    reason: String,
}

async fn connect(guard: &Guard, host: &str, port: u16) -> Result<TcpStream, Refusal> {
    let away = |reason: String| Refusal {
        status: "502 Bad Gateway",
        reason,
    };
    let addresses = guard
        .resolve(host, port)
        .await
        .map_err(|error| match error {
            GuardError::Unresolved(_) => away(error.to_string()),
            error => Refusal {
                status: "403 Forbidden",
                reason: error.to_string(),
            },
        })?;
    tokio::time::timeout(PATIENCE, TcpStream::connect(addresses.as_slice()))
        .await
        .map_err(|_| away(format!("{host} does not answer")))?
        .map_err(|error| away(format!("{host}: {error}")))
}

fn host_and_port(authority: &str) -> Option<(String, u16)> {
    let (host, port) = authority.rsplit_once(':')?;
    let good = !host.is_empty() && !host.contains(['/', '@', '?', '#']);
    good.then_some(())?;
    Some((host.to_owned(), port.parse().ok()?))
}

fn header<'a>(head: &'a Head, wanted: &str) -> Option<&'a str> {
    head.headers.iter().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case(wanted).then(|| value.trim())
    })
}

async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<Head>> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 2_048];
    let end = loop {
        let read = stream.read(&mut chunk).await?;
        bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if read == 0 || bytes.len() > LONGEST_HEAD {
            return Ok(None);
        }
    };
    let rest = bytes.split_off(end + 4);
    let Ok(text) = String::from_utf8(bytes) else {
        return Ok(None);
    };
    let mut lines = text.trim_end().split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target), Some(_), None) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Ok(None);
    };
    Ok(Some(Head {
        method: method.to_owned(),
        target: target.to_owned(),
        headers: lines.map(str::to_owned).collect(),
        rest,
    }))
}

async fn refuse(client: &mut TcpStream, status: &str, reason: &str) -> std::io::Result<()> {
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{reason}",
        reason.len()
    );
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}
