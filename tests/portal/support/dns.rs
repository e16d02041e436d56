use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, MX, TXT};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// A DNS server on loopback with what a test puts into it. A name without anything does not exist.
pub(crate) struct DnsServer {
    pub(crate) address: SocketAddr,
    zone: Arc<Mutex<Zone>>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Zone {
    /// By name and kind: the answers, one for each time that it is asked; the last stays.
    records: HashMap<(String, RecordType), Vec<Vec<RData>>>,
    /// Names that are not answered.
    silent: Vec<String>,
    asked: Vec<(String, RecordType)>,
}

impl DnsServer {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (address, zone) = (socket.local_addr().unwrap(), Arc::new(Mutex::new(Zone::default())));
        let serving = tokio::spawn(serve(socket, Arc::clone(&zone)));
        Self { address, zone, serving }
    }

    fn put(&self, name: &str, data: Vec<RData>) -> &Self {
        let kind = data[0].record_type();
        let mut zone = self.zone.lock().unwrap();
        let answers = zone.records.entry((name.to_owned(), kind)).or_insert_with(|| vec![vec![]]);
        answers[0].extend(data);
        self
    }

    /// One more text of that name; long ones in pieces, as every server has them.
    pub(crate) fn txt(&self, name: &str, text: &str) -> &Self {
        let pieces = text.as_bytes().chunks(255).map(|piece| String::from_utf8(piece.to_vec()).unwrap());
        self.put(name, vec![RData::TXT(TXT::new(pieces.collect()))])
    }

    pub(crate) fn mx(&self, name: &str, preference: u16, server: &str) -> &Self {
        self.put(name, vec![RData::MX(MX::new(preference, fqdn(server)))])
    }

    pub(crate) fn address(&self, name: &str, ip: &str) -> &Self {
        self.put(name, vec![data(ip.parse().unwrap())])
    }

    pub(crate) fn alias(&self, name: &str, target: &str) -> &Self {
        self.put(name, vec![RData::CNAME(CNAME(fqdn(target)))])
    }

    /// A name that has another address each time it is asked for.
    pub(crate) fn rebinding(&self, name: &str, ips: &[&str]) -> &Self {
        let answers = ips.iter().map(|ip| vec![data(ip.parse().unwrap())]).collect();
        self.zone.lock().unwrap().records.insert((name.to_owned(), RecordType::A), answers);
        self
    }

    /// Nothing that was put for that name.
    pub(crate) fn clear(&self, name: &str) -> &Self {
        self.zone.lock().unwrap().records.retain(|(own, _), _| own != name);
        self
    }

    /// Questions for that name, and for those below it, get no answer.
    pub(crate) fn silence(&self, name: &str) -> &Self {
        self.zone.lock().unwrap().silent.push(name.to_owned());
        self
    }

    /// How often that was asked.
    pub(crate) fn asked(&self, name: &str, kind: RecordType) -> usize {
        self.zone.lock().unwrap().asked.iter().filter(|(own, of)| own == name && *of == kind).count()
    }

    /// Every name that was asked for.
    pub(crate) fn names_asked(&self) -> Vec<String> {
        self.zone.lock().unwrap().asked.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl Drop for DnsServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

fn fqdn(name: &str) -> Name {
    Name::from_ascii(format!("{}.", name.trim_end_matches('.'))).unwrap()
}

fn data(ip: IpAddr) -> RData {
    match ip {
        IpAddr::V4(ip) => RData::A(A(ip)),
        IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
    }
}

async fn serve(socket: UdpSocket, zone: Arc<Mutex<Zone>>) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let Ok(question) = Message::from_vec(&buffer[..length]) else { continue };
        let answer = zone.lock().unwrap().answer(&question);
        if let Some(answer) = answer {
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    }
}

impl Zone {
    fn answer(&mut self, question: &Message) -> Option<Message> {
        let query = question.queries.first()?.clone();
        let name = query.name().to_lowercase().to_ascii().trim_end_matches('.').to_owned();
        self.asked.push((name.clone(), query.query_type()));
        if self.silent.iter().any(|silent| is_below(&name, silent)) {
            return None;
        }
        let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
        answer.metadata.recursion_available = true;
        answer.add_query(query.clone());
        let mut next = name.clone();
        for _ in 0..5 {
            let found = self.take(&next, query.query_type());
            answer.add_answers(found.into_iter().map(|data| Record::from_rdata(fqdn(&next), 60, data)));
            let Some(RData::CNAME(alias)) = self.take(&next, RecordType::CNAME).pop() else { break };
            let target = alias.0.to_ascii().trim_end_matches('.').to_owned();
            answer.add_answer(Record::from_rdata(fqdn(&next), 60, RData::CNAME(alias)));
            next = target;
        }
        let exists = self.records.keys().any(|(own, _)| is_below(own, &name));
        if answer.answers.is_empty() && !exists {
            answer.metadata.response_code = ResponseCode::NXDomain;
        }
        Some(answer)
    }

    fn take(&mut self, name: &str, kind: RecordType) -> Vec<RData> {
        match self.records.get_mut(&(name.to_owned(), kind)) {
            Some(answers) if answers.len() > 1 => answers.remove(0),
            Some(answers) => answers[0].clone(),
            None => vec![],
        }
    }
}

fn is_below(name: &str, parent: &str) -> bool {
    name.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}
