//! boto3's resource interface: objects with identifiers whose attributes are other objects, collections,
//! methods and data. What each attribute is, the catalog says; what boto3 adds by hand is here.

use std::rc::Rc;

use smol_str::SmolStr;

use super::client::{is_transfer, named, transfer};
use super::{handle, inert, member_of};
use crate::catalog::boto3::{Call, Made, Member, Param, Source};
use crate::catalog::{self, ResourceModel};
use crate::code::eval::{Args, Interpreter, Site, Value, Values};
use crate::code::sdk::operation::{run, run_with};
use crate::code::sdk::{Client, Handle, Response};
use crate::model::{Field, Text};

type Identifiers = [(SmolStr, Vec<Text>)];

pub fn member(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    client: &Client,
    kind: &str,
    identifiers: &Identifiers,
    name: &str,
) -> Values {
    match name {
        "meta" => return member_of(of, name),
        // What an action answers may be a list of resources; they are alike.
        "[]" => return Value::Sdk(Rc::clone(of)).into(),
        _ => {}
    }
    let Some(model) = model(client) else {
        return Values::unknown();
    };
    match model.member(kind, name) {
        Some(Member::Identifier(identifier)) => identifier_values(identifiers, identifier),
        Some(Member::Collection(_)) => handle(Handle::Collection {
            resource: Rc::clone(of),
            name: name.into(),
            input: Rc::new(Field::Map { entries: Vec::new(), complete: true }),
        }),
        Some(Member::Reference(made)) => make(client, made, identifiers, None),
        Some(Member::Subresource(made)) if !made.identifiers.iter().any(|param| param.1 == Source::Input) => {
            // `bucket.Acl()` is called; `object.Bucket()` too. Reading it alone makes nothing.
            member_of(of, name)
        }
        Some(Member::Data(field)) => data(it, model, client, kind, identifiers, field),
        _ => member_of(of, name),
    }
}

/// Reading data loads the resource. The place of the read is not known here: the interpreter hands over the
/// member, so the load is recorded where the statement stands.
fn data(
    it: &mut Interpreter,
    model: &ResourceModel,
    client: &Client,
    kind: &str,
    identifiers: &Identifiers,
    field: &str,
) -> Values {
    let Some(load) = model.resource_type(kind).and_then(|kind| kind.load.as_ref()) else {
        return Values::unknown();
    };
    let input = request(&load.params, identifiers, Field::Map { entries: Vec::new(), complete: true });
    let site = it.reading();
    it.record(client, &load.operation, input.clone(), site);
    response(client, &load.operation, input, field)
}

fn response(client: &Client, operation: &str, input: Field, path: &str) -> Values {
    Value::Response(Rc::new(Response {
        service: client.service.clone(),
        operation: operation.into(),
        input: Rc::new(input),
        path: path.into(),
    }))
    .into()
}

fn identifier_values(identifiers: &Identifiers, name: &str) -> Values {
    let found = identifiers.iter().find(|(identifier, _)| identifier == name);
    found.map_or_else(Values::unknown, |(_, texts)| texts.iter().cloned().map(Value::Text).collect())
}

#[expect(clippy::too_many_arguments, reason = "a resource is its client, type and identifiers")]
pub fn call(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    client: &Client,
    kind: &str,
    identifiers: &Identifiers,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    let Some(model) = model(client).filter(|_| name != "[]") else {
        return Values::none();
    };
    match model.member(kind, name) {
        Some(Member::Subresource(made)) => make_from(it, client, made, identifiers, args),
        Some(Member::Action(call)) => {
            let mut answers = Values::none();
            for passed in it.requests(args) {
                let input = request(&call.params, identifiers, passed);
                let answer = run_with(it, client, &call.operation, input.clone(), site);
                answers.join(&match &call.makes {
                    Some(made) => make(client, made, identifiers, Some((&call.operation, &input))),
                    None => answer,
                });
            }
            answers
        }
        Some(Member::Waiter { name, params }) => {
            if let Some(operation) =
                catalog::service(&client.service).and_then(|service| service.waiter(name))
            {
                let passed = it.request(args);
                let input = request(params, identifiers, passed);
                it.record(client, &operation.name, input, site);
            }
            Value::Null.into()
        }
        Some(Member::Load) => {
            if let Some(load) = model.resource_type(kind).and_then(|kind| kind.load.as_ref()) {
                let input =
                    request(&load.params, identifiers, Field::Map { entries: Vec::new(), complete: true });
                it.record(client, &load.operation, input, site);
            }
            Value::Null.into()
        }
        Some(_) => Values::unknown(),
        None => by_hand(it, of, client, kind, identifiers, name, args, site),
    }
}

/// What boto3 adds to its models.
#[expect(clippy::too_many_arguments, reason = "a resource is its client, type and identifiers")]
fn by_hand(
    it: &mut Interpreter,
    of: &Rc<Handle>,
    client: &Client,
    kind: &str,
    identifiers: &Identifiers,
    name: &str,
    args: &Args,
    site: Site,
) -> Values {
    match (client.service.as_str(), kind, name) {
        ("dynamodb", "Table", "batch_writer") => {
            batch_write(it, client, identifiers, site);
            handle(Handle::BatchWriter { table: Rc::clone(of) })
        }
        ("s3", "Bucket", _) if is_transfer(name) => {
            let known = [("Bucket", identifier_values(identifiers, "Name"))];
            transfer(it, client, name, args, &known, site)
        }
        ("s3", "Object" | "ObjectSummary", _) if is_transfer(name) => {
            let known = [
                ("Bucket", identifier_values(identifiers, "BucketName")),
                ("Key", identifier_values(identifiers, "Key")),
            ];
            transfer(it, client, name, args, &known, site)
        }
        ("ec2", _, "create_tags" | "delete_tags") => {
            run(it, client, if name == "create_tags" { "CreateTags" } else { "DeleteTags" }, args, site)
        }
        (_, _, "get_available_subresources") => inert(name),
        _ => {
            let what = if kind.is_empty() { "resource" } else { kind };
            it.note(
                "unknown-operation",
                site,
                format!("`{name}` is no method of the `{}` {what} that this version knows", client.service),
            );
            Values::unknown()
        }
    }
}

fn model(client: &Client) -> Option<&'static ResourceModel> {
    catalog::service(&client.service)?.resources()
}

/// A constructor: `s3.Object(bucket, key)`, `bucket.Object(key)`.
fn make_from(it: &Interpreter, client: &Client, made: &Made, own: &Identifiers, args: &Args) -> Values {
    let mut identifiers = Vec::new();
    let mut position = 0;
    for Param(target, source) in &made.identifiers {
        let texts = match source {
            Source::Input => {
                let snake = snake_case(target);
                let given = args.get(position, &snake).or_else(|| args.named(target));
                position += 1;
                given.map(|values| it.naming_texts(values)).unwrap_or_default()
            }
            Source::Identifier(name) => {
                own.iter().find(|(own, _)| own == name).map(|(_, texts)| texts.clone()).unwrap_or_default()
            }
            Source::Constant(text) => vec![Text::literal(text)],
            _ => Vec::new(),
        };
        identifiers.push((target.clone(), or_unknown(texts)));
    }
    handle(Handle::Resource { client: client.clone(), kind: made.resource_type.clone(), identifiers })
}

/// `BucketName` as the constructors' parameters spell it.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in name.char_indices() {
        if letter.is_ascii_uppercase() && index > 0 {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

fn or_unknown(texts: Vec<Text>) -> Vec<Text> {
    if texts.is_empty() { vec![Text::unknown()] } else { texts }
}

/// A resource that an answer (or the resource's own data) names.
fn make(client: &Client, made: &Made, own: &Identifiers, call: Option<(&str, &Field)>) -> Values {
    let identifiers = made
        .identifiers
        .iter()
        .map(|Param(target, source)| {
            let texts = match source {
                Source::Identifier(name) => own
                    .iter()
                    .find(|(own, _)| own == name)
                    .map(|(_, texts)| texts.clone())
                    .unwrap_or_default(),
                Source::RequestParameter(path) => {
                    call.map(|(_, input)| texts_at(input, path)).unwrap_or_default()
                }
                Source::Constant(text) => vec![Text::literal(text)],
                // The answer of a creation repeats the name that it was asked to create.
                Source::Response(path) => {
                    call.map(|(operation, input)| named_by(operation, input, path)).unwrap_or_default()
                }
                Source::Data(_) | Source::Input => Vec::new(),
            };
            (target.clone(), or_unknown(texts))
        })
        .collect();
    handle(Handle::Resource { client: client.clone(), kind: made.resource_type.clone(), identifiers })
}

fn named_by(operation: &str, input: &Field, path: &str) -> Vec<Text> {
    let leaf = path.rsplit('.').next().unwrap_or(path);
    match (operation, leaf) {
        // A queue is known by its URL, which ends in its name.
        ("GetQueueUrl" | "CreateQueue", "QueueUrl") => queue_urls(input),
        ("CreateTopic", "TopicArn") => topic_arns(input),
        _ => texts_at(input, leaf),
    }
}

/// The URLs of the queues that a request names.
pub fn queue_urls(input: &Field) -> Vec<Text> {
    use crate::model::{Part, Pseudo};
    let owner = texts_at(input, "QueueOwnerAWSAccountId").into_iter().next();
    texts_at(input, "QueueName")
        .into_iter()
        .map(|name| {
            let mut url = Text::literal("https://sqs.");
            url.push(Part::Pseudo(Pseudo::Region));
            url.push_str(".");
            url.push(Part::Pseudo(Pseudo::UrlSuffix));
            url.push_str("/");
            url.append(&owner.clone().unwrap_or(Part::Pseudo(Pseudo::AccountId).into()));
            url.push_str("/");
            url.then(&name)
        })
        .collect()
}

/// The ARNs of the topics that a request names.
pub fn topic_arns(input: &Field) -> Vec<Text> {
    use crate::model::{Part, Pseudo};
    let mut prefix = Text::literal("arn:");
    for pseudo in [Pseudo::Partition, Pseudo::Region, Pseudo::AccountId] {
        prefix.push(Part::Pseudo(pseudo));
        prefix.push_str(if pseudo == Pseudo::Partition { ":sns:" } else { ":" });
    }
    texts_at(input, "Name").iter().map(|name| prefix.clone().then(name)).collect()
}

fn texts_at(field: &Field, path: &str) -> Vec<Text> {
    let mut texts = Vec::new();
    for found in field.at(path) {
        if let Field::Text(alternatives) = &*found {
            texts.extend(alternatives.iter().cloned());
        }
    }
    texts
}

/// The request that a method makes: what the model fills in, over what the caller passes.
fn request(params: &[Param], own: &Identifiers, passed: Field) -> Field {
    let Field::Map { mut entries, complete } = passed else {
        return passed;
    };
    for Param(target, source) in params {
        let texts = match source {
            Source::Identifier(name) => {
                own.iter().find(|(own, _)| own == name).map(|(_, texts)| texts.clone()).unwrap_or_default()
            }
            Source::Constant(text) => vec![Text::literal(text)],
            _ => continue,
        };
        let texts = or_unknown(texts);
        let known = !texts.iter().all(Text::is_unknown);
        put(&mut entries, target, if known { Field::Text(texts) } else { Field::Unknown });
    }
    entries.sort();
    Field::Map { entries, complete }
}

/// Sets the field at a path such as `Delete.Objects[].Key`.
fn put(entries: &mut Vec<(Text, Field)>, path: &str, value: Field) {
    let (step, rest) = path.split_once('.').unwrap_or((path, ""));
    let (name, is_list) = match step.find('[') {
        Some(at) => (&step[..at], true),
        None => (step, false),
    };
    let value = if rest.is_empty() {
        value
    } else {
        let mut inner = Vec::new();
        put(&mut inner, rest, value);
        Field::Map { entries: inner, complete: true }
    };
    let value = if is_list { Field::List(vec![value]) } else { value };
    entries.retain(|(key, _)| key.as_literal() != Some(name));
    entries.push((Text::literal(name), value));
}

pub fn collection_member(of: &Rc<Handle>, name: &str) -> Values {
    if name == "[]" {
        return elements(of);
    }
    member_of(of, name)
}

fn elements(of: &Rc<Handle>) -> Values {
    let Handle::Collection { resource, name, input } = &**of else {
        return Values::unknown();
    };
    let Some((client, own, call)) = collection(resource, name) else {
        return Values::unknown();
    };
    let input = request(&call.params, own, Field::clone(input));
    match &call.makes {
        Some(made) => make(client, made, own, Some((&call.operation, &input))),
        None => Values::unknown(),
    }
}

fn collection<'a>(resource: &'a Handle, name: &str) -> Option<(&'a Client, &'a Identifiers, &'static Call)> {
    let Handle::Resource { client, kind, identifiers } = resource else {
        return None;
    };
    match model(client)?.member(kind, name)? {
        Member::Collection(call) => Some((client, identifiers, call)),
        _ => None,
    }
}

/// `objects.filter(Prefix=…)`, iteration (`[]`), and what a collection can do to all of its elements.
pub fn collection_call(
    it: &mut Interpreter,
    resource: &Rc<Handle>,
    name: &SmolStr,
    input: &Rc<Field>,
    method: &str,
    args: &Args,
    site: Site,
) -> Values {
    let Some((client, own, call)) = collection(resource, name) else {
        return Values::unknown();
    };
    let with = |input: Field| {
        handle(Handle::Collection {
            resource: Rc::clone(resource),
            name: name.clone(),
            input: Rc::new(input),
        })
    };
    let list = |it: &mut Interpreter, input: &Field| {
        let input = request(&call.params, own, input.clone());
        it.record(client, &call.operation, input, site);
    };
    match method {
        "all" | "limit" | "page_size" | "pages" => {
            list(it, input);
            let made = with(Field::clone(input));
            if method == "pages" {
                let elements = it.element(&made);
                return it.list(site, Vec::new(), elements);
            }
            made
        }
        "filter" => {
            let passed = it.request(&named(args, &[]));
            let joined = join(input, passed);
            list(it, &joined);
            with(joined)
        }
        "[]" => {
            // What `all` or `filter` gave was recorded there.
            if matches!(&**input, Field::Map { entries, .. } if entries.is_empty()) {
                list(it, input);
            }
            Values::none()
        }
        _ => {
            let batch = call.makes.as_ref().and_then(|made| {
                model(client)?.batch_action(&made.resource_type, method).map(|call| (made, call))
            });
            let Some((made, batch)) = batch else {
                return Values::unknown();
            };
            list(it, input);
            let elements = make(
                client,
                made,
                own,
                Some((&call.operation, &request(&call.params, own, Field::clone(input)))),
            );
            for element in &elements {
                if let Value::Sdk(element) = element
                    && let Handle::Resource { identifiers, .. } = &**element
                {
                    let passed = it.request(args);
                    let input = request(&batch.params, identifiers, passed);
                    it.record(client, &batch.operation, input, site);
                }
            }
            Values::unknown()
        }
    }
}

fn join(first: &Field, more: Field) -> Field {
    match (first, more) {
        (Field::Map { entries: old, complete: known }, Field::Map { mut entries, complete }) => {
            for (key, field) in old {
                if !entries.iter().any(|(name, _)| name == key) {
                    entries.push((key.clone(), field.clone()));
                }
            }
            entries.sort();
            Field::Map { entries, complete: complete && *known }
        }
        (_, more) => more,
    }
}

/// What is put into a batch writer is sent as `BatchWriteItem` to its table.
fn batch_write(it: &mut Interpreter, client: &Client, identifiers: &Identifiers, site: Site) {
    let tables = identifiers.iter().find(|(name, _)| name == "Name").map(|(_, texts)| texts.clone());
    let items = or_unknown(tables.unwrap_or_default())
        .into_iter()
        .map(|table| (table, Field::List(vec![Field::Unknown])))
        .collect();
    let request = Field::Map { entries: items, complete: true };
    let input = Field::Map { entries: vec![(Text::literal("RequestItems"), request)], complete: true };
    it.record(client, "BatchWriteItem", input, site);
}
