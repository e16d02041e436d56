//! Bodies: never larger than they may be, and never slower.

use std::time::Duration;

use actix_web::dev::Payload;
use futures_util::StreamExt as _;
use zeroize::Zeroizing;

use super::Error;

/// The whole body. What was read is wiped afterwards: there may be a secret in it.
pub(super) async fn read(
    payload: &mut Payload,
    most: usize,
    deadline: Duration,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let reading = async {
        let mut body = Zeroizing::new(Vec::new());
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::malformed())?;
            if body.len() + chunk.len() > most {
                return Err(Error::too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    };
    tokio::time::timeout(deadline, reading).await.map_err(|_| Error::too_slow())?
}
