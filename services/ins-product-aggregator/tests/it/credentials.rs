//! Who we are to insurers: each way of saying it, what is said when it is not believed, and tokens that end.

use std::path::Path;
use std::time::Duration;

use ins_product_aggregator::insurer::Insurer;
use sandbox::{Door, Fault};

use super::bed::{Bed, DIRECTORY, all, altered, around, bed};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_and_missing_credentials_are_told_apart() {
    let bed = bed().await;
    for id in ["volga-garant", "ural-polis", "neva-strakhovanie", "yenisei-polis", "dvina-strakh"] {
        let path = format!("{DIRECTORY}/{id}.toml");
        let wrong = Insurer::read(Path::new(&path), &around(&bed.rebase, Some("wrong"))).unwrap();
        let error = all(&wrong).await.unwrap_err();
        let text = error.to_string();
        let named = error.status() == Some(401)
            || ["Неверное имя или пароль", "Unauthenticated", "is not let in"].iter().any(|said| text.contains(said));
        assert!(named, "{id}: {error}");
        let error = Insurer::read(Path::new(&path), &around(&bed.rebase, None)).err().unwrap().to_string();
        assert!(error.contains(".toml:") && error.contains("no variable SANDBOX_SECRET"), "{error}");
    }
    bed.stop().await;
}

/// A door of the sandbox, and the lines of the file that open it.
async fn opens(bed: &Bed, id: &str, door: Door, from: &str, to: &str, refused: &str) {
    bed.market.with(|insurers| insurers.get_mut(id).unwrap().door = Some(door));
    let known = altered(bed, id, &[(from, to)]).unwrap();
    let catalogue = all(&known).await.unwrap_or_else(|error| panic!("{id}, {door:?}: {error}"));
    assert!(!catalogue.is_empty());
    let stranger = altered(bed, id, &[(from, &to.replace("SANDBOX_SECRET", "ANOTHER_SECRET"))]).unwrap();
    let error = all(&stranger).await.unwrap_err();
    assert!(error.kind() == "status" && error.to_string().contains(refused), "{id}, {door:?}: {error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_to_say_who_we_are_is_believed_and_a_wrong_one_is_not() {
    let bed = bed().await;
    let key = "api-key = { header = \"X-Api-Key\", value = { env = \"SANDBOX_SECRET\" } }";
    let basic = "basic = { user = \"polis\", password = { env = \"SANDBOX_SECRET\" } }";
    let bearer = "bearer = { token = { env = \"SANDBOX_SECRET\" } }";
    let refused = "answered 401: {\"error\":\"wrong or missing credentials\"}";
    for (door, lines) in [(Door::ApiKey, key), (Door::Basic, basic), (Door::Bearer, bearer)] {
        opens(&bed, "volga-garant", door, key, lines, refused).await;
    }

    // The user name token in both versions of SOAP, as a password and as a digest; a fault says why not in both.
    let token = |digest| {
        let token = "[soap.username_token]\nuser = \"polis\"\npassword = { env = \"SANDBOX_SECRET\" }";
        format!("{token}\ndigest = {digest}\n\n[mapping]")
    };
    for digest in [true, false] {
        let said = "answered 500: fault e:Client: Неверное имя или пароль";
        opens(&bed, "neva-strakhovanie", Door::UsernameToken, &token(true), &token(digest), said).await;
        let said = "answered 500: fault e:Sender: Неверное имя или пароль";
        opens(&bed, "baltika-polis", Door::UsernameToken, "[mapping]", &token(digest), said).await;
    }
    bed.stop().await;
}

const ISSUER: &str = "ural-polis";

impl Bed {
    fn tokens(&self) -> usize {
        self.market.with(|insurers| insurers[ISSUER].tokens.len())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_used_until_it_ends_and_asked_for_anew_when_it_is_refused() {
    let bed = bed().await;
    // A token that is about to end is not sent: of these, one second is left.
    bed.market.with(|insurers| insurers.get_mut(ISSUER).unwrap().token_life = Duration::from_secs(31));
    bed.all(ISSUER).await.unwrap();
    assert_eq!(bed.tokens(), 1, "one for all pages");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    while bed.tokens() == 1 {
        assert!(tokio::time::Instant::now() < deadline, "no new token");
        bed.all(ISSUER).await.unwrap();
    }

    // The insurer has forgotten them all: another one is asked for, and the poll has its answer.
    bed.market.with(|insurers| insurers.get_mut(ISSUER).unwrap().token_life = Duration::from_secs(60));
    let fresh = altered(&bed, ISSUER, &[("500ms", "501ms")]).unwrap();
    all(&fresh).await.unwrap();
    bed.market.with(|insurers| insurers.get_mut(ISSUER).unwrap().tokens.clear());
    assert!(!all(&fresh).await.unwrap().is_empty());
    assert_eq!(bed.tokens(), 1);

    // One that refuses every token is not asked for ever.
    bed.market.with(|insurers| insurers.get_mut(ISSUER).unwrap().token_life = Duration::ZERO);
    let refused = altered(&bed, ISSUER, &[("500ms", "502ms")]).unwrap();
    assert_eq!(all(&refused).await.unwrap_err().status(), Some(401));
    bed.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_issues_no_token_is_heard_out() {
    let bed = bed().await;
    bed.set(ISSUER, Some(Fault::NoToken { status: 503, retry_after: Some(40) }));
    let error = bed.all(ISSUER).await.unwrap_err();
    assert!(error.to_string().contains("/insurers/ural-polis/token answered 503: no token"), "{error}");
    assert_eq!(error.retry_after(), Some(Duration::from_secs(40)), "where tokens are issued, it counts as much");
    bed.set(ISSUER, None);
    bed.all(ISSUER).await.unwrap();

    let stranger = altered(&bed, ISSUER, &[("client_id = \"polis\"", "client_id = \"nobody\"")]).unwrap();
    let error = all(&stranger).await.unwrap_err();
    assert!(error.to_string().contains("answered 401: no token {\"error\":\"invalid_client\"}"), "{error}");
    bed.stop().await;
}
