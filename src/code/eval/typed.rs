//! Declared types: what an annotation says of a value of which nothing else is known. An expression of the source
//! comes in; out comes a client of an SDK, or a class of the project. Unions and containers are read for what they
//! hold; type variables and aliases that only a type checker could follow are not.

use super::{ClassRef, Interpreter, Object, Site, Value, Values};
use crate::code::ir::{Expr, ExprKind};

impl Interpreter<'_> {
    /// What a declared type says a value is: a client of an SDK, an instance of a class of the project.
    pub(super) fn typed(&mut self, annotation: &Expr) -> Option<Value> {
        if let ExprKind::Index(_, inner) = &annotation.kind {
            // `Optional[S3Client]`, `list[Table]`: what is inside says more than the container.
            return match &inner.kind {
                ExprKind::List(items) => self.annotated(items),
                _ => self.typed(inner),
            };
        }
        if let ExprKind::Unknown(options) | ExprKind::Choice(options) | ExprKind::Concat(options) =
            &annotation.kind
        {
            return options.iter().find_map(|option| self.typed(option));
        }
        if !matches!(annotation.kind, ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Class(_)) {
            return None;
        }
        let declared = self.eval(annotation);
        declared.iter().find_map(|value| match value {
            Value::External(external) => self.runtime.typed(self, external),
            Value::Class(class) => {
                let of = &self.classes[class.0 as usize];
                let says_nothing = of.implementors.is_empty()
                    && of.members.is_empty()
                    && of.fields.is_empty()
                    && of.bases.is_empty();
                (!says_nothing).then(|| value.clone())
            }
            Value::Sdk(_) => Some(value.clone()),
            _ if matches!(self.object(value), Some(Object::Instance { .. })) => Some(value.clone()),
            _ => None,
        })
    }

    /// The values without the instances of other classes, where the classes are known.
    pub(super) fn instances_among(&self, values: &Values, classes: &Values) -> Values {
        let is_other = |value: &Value| match self.object(value) {
            Some(Object::Instance { class, .. }) => {
                let lineage = self.lineage(*class);
                !classes.iter().any(|of| matches!(of, Value::Class(of) if lineage.contains(of)))
            }
            _ => false,
        };
        let known = classes.iter().all(|class| matches!(class, Value::Class(_)));
        values.iter().filter(|value| !known || !is_other(value)).cloned().collect()
    }

    /// The classes that a value of a declared class can be of: those that implement it, where others do. Several
    /// are all followed, and it is said.
    pub(super) fn implementors(&mut self, class: ClassRef, site: Site) -> Vec<ClassRef> {
        let implementors = self.classes[class.0 as usize].implementors.clone();
        if implementors.len() > 1 {
            let site = if site.span.start == u32::MAX { self.reading() } else { site };
            let message = format!(
                "which of {} implementations this is is not known; all of them are followed",
                implementors.len()
            );
            self.note("several-implementations", site, message);
        }
        if implementors.is_empty() { vec![class] } else { implementors }
    }

    /// `Annotated[T, …]`: a value that a call beside the type makes, else the type.
    fn annotated(&mut self, items: &[(Expr, bool)]) -> Option<Value> {
        let made = items.iter().filter(|(item, _)| matches!(item.kind, ExprKind::Call { .. })).find_map(
            |(item, _)| {
                self.eval(item)
                    .iter()
                    .find(|value| matches!(value, Value::Sdk(_) | Value::Object(_)))
                    .cloned()
            },
        );
        made.or_else(|| items.first().and_then(|(item, _)| self.typed(item)))
    }
}
