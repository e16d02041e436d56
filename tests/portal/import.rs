//! Importing people: a preview that names what is wrong, and nothing is written until it is said so.

use crate::support::{ALICE, GRETA, Page, TestPortal, Visitor};

const IMPORT: &str = "/administration/users/import";
const PREVIEW: &str = "/administration/users/import/preview";

async fn preview(admin: &mut Visitor, rows: &str) -> Page {
    let page = admin.open(IMPORT).await.expect(200);
    admin.submit(page.form(PREVIEW).forge("rows", rows)).await
}

fn problems(page: &Page) -> Vec<String> {
    page.texts(".table-problems tbody tr")
}

#[tokio::test]
async fn good_people_are_invited_in_one_go() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    portal.save_provider(&mut alice).await;
    let rows = "\u{feff}email;name;role;language\r\nanna@x.example;\"Anna; A.\";Administrator;de\r\nbob@x.example;Bob;;\r\n";
    let page = preview(&mut alice, rows).await.expect(200);
    page.assert_says("2 people would be invited").assert_says("Anna; A.anna@x.exampleAdministratorDeutsch");
    assert_eq!(portal.count("users").await, 4, "nothing is written");
    let page = alice.submit(page.form(IMPORT)).await.expect(200);
    assert_eq!(page.h1(), "2 people were invited");
    page.assert_says("The emails with the links are on their way.");
    assert!(!page.has("#links"), "the mails carry the links");
    assert_eq!(portal.count("users WHERE role = 'tenant-admin' AND email = 'anna@x.example'").await, 1);
    assert_eq!(portal.count("password_links WHERE purpose = 'invitation'").await, 2);
    portal.deliver().await;
    assert_eq!(portal.catcher().mails().len(), 2);
    let details: String =
        portal.one("SELECT details FROM audit_entries WHERE event = 'people.imported'").await;
    assert!(details.contains("anna@x.example") && details.contains("\"count\":2"), "{details}");
    // once more: now they are users
    let page = preview(&mut alice, rows).await.expect(422);
    assert_eq!(problems(&page).len(), 2);
    assert!(!page.has_form(IMPORT));
}

#[tokio::test]
async fn the_links_are_shown_once_when_no_mail_carries_them() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = preview(&mut alice, "email,name\nanna@x.example,Anna\n").await.expect(200);
    let page = alice.submit(page.form(IMPORT)).await.expect(200);
    page.assert_says("No email provider is set up");
    let links = page.texts("#links").join("");
    let start = format!("\"anna@x.example\",\"{}", alice.origin());
    let at = links.find(&start).unwrap_or_else(|| panic!("{links}")) + start.len();
    let link = links[at..].trim_end_matches('"').to_owned();
    let mut anna = portal.visitor("acme");
    let page = anna.open(&link).await.expect(200);
    assert_eq!(page.h1(), "Welcome, Anna");
}

#[tokio::test]
async fn every_bad_line_is_named_and_nothing_is_written() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let long = "x".repeat(101);
    let rows = format!(
        "email,name,role,language\n\
         anna,Anna,member,de\n\
         ALICE@acme.example,Alice,member,\n\
         bob@x.example,{long},member,\n\
         carl@x.example,Carl,boss,fr\n\
         dora@x.example,Dora,member,de\n\
         Dora@X.example,Dora,member,de\n\
         <b>@x.example,Emil,member,\n\
         fred@x.example,Fred,member,de,more\n\
         {}@x.example,Gus,member,\n",
        "y".repeat(65)
    );
    let page = preview(&mut alice, &rows).await.expect(422);
    let found = problems(&page);
    let expected = [
        ("2", "email", "Enter a complete email address"),
        ("3", "email", "There is already a user with the address ALICE@acme.example"),
        ("4", "name", "1 to 100 characters"),
        ("5", "role", "“boss” is not a role"),
        ("5", "language", "“fr” is not a language"),
        ("7", "email", "stands in line 6 already"),
        ("8", "email", "Enter"),
        ("9", "", "more than 4 fields"),
        ("10", "email", "too long"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (problem, (line, column, words)) in found.iter().zip(expected) {
        let start = format!("{line}{column}");
        assert!(problem.starts_with(&start) && problem.contains(words), "{problem} / {line} {words}");
    }
    page.assert_says("8 lines have to be corrected").assert_says("One person could be invited");
    assert!(page.html.contains("&#60;b&#62;"), "what was typed is still there, as text");
    // without the tick the second press refuses, too
    let form = page.form(IMPORT);
    alice.submit(form.clone()).await.expect(422);
    assert_eq!(portal.count("users").await, 4);
    let page = alice.submit(form.tick("only_good", true)).await.expect(200);
    assert_eq!(page.h1(), "One person was invited");
    assert_eq!(portal.count("users WHERE email = 'dora@x.example'").await, 1);
}

#[tokio::test]
async fn it_is_looked_at_again_when_it_is_done() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    let page = preview(&mut alice, "email,name\nanna@x.example,Anna\nbob@x.example,Bob\n").await.expect(200);
    portal.invite("acme", "Anna", "anna@x.example").await;
    let page = alice.submit(page.form(IMPORT)).await.expect(422);
    assert_eq!(problems(&page).len(), 1);
    assert_eq!(portal.count("users").await, 5);
    // a forged table is no better than a typed one
    let form = page.form(IMPORT).tick("only_good", true);
    alice.submit(form.forge("rows", "nonsense")).await.expect(422).assert_says("The table cannot be read");
    assert_eq!(portal.count("users").await, 5);
}

#[tokio::test]
async fn five_hundred_people_are_one_transaction_and_more_are_refused() {
    let portal = TestPortal::start().await;
    let mut greta = portal.signed_in(&GRETA).await;
    let table = |count: usize| {
        let rows = (0..count).map(|n| format!("p{n}@x.example;Person {n}\n")).collect::<String>();
        format!("email;name\n{rows}")
    };
    let page = preview(&mut greta, &table(501)).await.expect(422);
    page.assert_says("mehr als 500 Personen");
    assert!(!page.has_form(IMPORT));
    let page = preview(&mut greta, &table(500)).await.expect(200);
    page.assert_says("und 480 weitere");
    let page = greta.submit(page.form(IMPORT)).await.expect(200);
    assert_eq!(page.h1(), "500 Personen wurden eingeladen");
    assert!(page.texts("#links").join("").contains(';'), "a German spreadsheet wants semicolons");
    assert_eq!(portal.count("outbox_messages").await, 500);
    assert_eq!(portal.count("outbox_messages WHERE language = 'de'").await, 500);
    assert_eq!(portal.count("audit_entries WHERE event = 'people.imported'").await, 1);
}

#[tokio::test]
async fn a_table_that_is_none_says_what_it_needs() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for (rows, words) in [
        ("", "The table is empty"),
        ("anna@x.example,Anna", "The first line must name the columns"),
        ("email,name,age\na@x.example,A,7", "It is not clear what the column “age” is"),
        ("email,name", "no people, only its first line"),
    ] {
        let page = preview(&mut alice, rows).await.expect(422);
        page.assert_says("The table cannot be read").assert_says(words);
        assert!(!page.has_form(IMPORT), "{rows}");
    }
}

#[tokio::test]
async fn tables_of_other_programs_are_read_and_an_open_mark_is_named() {
    let portal = TestPortal::start().await;
    let mut alice = portal.signed_in(&ALICE).await;
    for rows in [
        "sep=;\r\nemail;name\r\nanna@x.example;Anna\r\n",
        "E-Mail-Adresse;Anzeigename;Rolle\nmailto:anna@x.example;Anna;Mitglied\n",
        "User principal name,Display name,,\nanna@x.example,Anna,,\n",
        "First Name [Required],Last Name [Required],Email Address [Required]\nAnna,,anna@x.example\n",
    ] {
        preview(&mut alice, rows).await.expect(200).assert_says("One person would be invited");
    }
    let rows = "email,name\nanna@acme.example,\"Anna\nben@acme.example,Ben\ncleo@acme.example,Cleo\n";
    let page = preview(&mut alice, rows).await.expect(422);
    page.assert_says("The quotation mark in line 2 is never closed, so the lines after it were not read.");
    assert_eq!(problems(&page).len(), 1);
    assert!(!page.has_form(IMPORT), "nothing can be imported of half a table");
    let page = preview(&mut alice, "Mail,Full name,Shoe size\na@x.example,A,7\n").await.expect(422);
    page.assert_says("It is not clear what the column “Shoe size” is.");
}
