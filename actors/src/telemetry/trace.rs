//! Trace context across process borders, and spans whose times are known only afterwards.
//!
//! A `traceparent` (W3C Trace Context, level 1) travels with every event: in the outbox row, the Kafka header and the
//! SSE frame. Events of traces that are not sampled cost nothing here.

use std::time::SystemTime;

use jiff::Timestamp;
use opentelemetry::global::{self, BoxedSpan};
use opentelemetry::trace::{
    Span, SpanContext, SpanId, SpanKind, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
};
use opentelemetry::{Context, KeyValue};

/// What a span continues: the sampled context that a `traceparent` names.
#[derive(Clone, Debug)]
pub struct Parent(Context);

impl Parent {
    /// The context of a `traceparent`; none when it is malformed or not sampled.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut parts = traceparent.split('-');
        let (_version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
        let trace = TraceId::from_hex(trace).ok()?;
        let span = SpanId::from_hex(span).ok()?;
        let context = SpanContext::new(trace, span, flags, true, TraceState::default());
        (context.is_valid() && context.is_sampled()).then(|| Self(Context::new().with_remote_span_context(context)))
    }

    /// Begins a span of that kind under this parent.
    pub fn span(&self, name: &'static str, kind: SpanKind, start: SystemTime, attributes: Vec<KeyValue>) -> OpenSpan {
        let tracer = global::tracer("polis");
        let builder = tracer.span_builder(name).with_kind(kind).with_start_time(start).with_attributes(attributes);
        OpenSpan(builder.start_with_context(&tracer, &self.0))
    }
}

/// A span that has begun. Ends when dropped.
#[derive(Debug)]
pub struct OpenSpan(BoxedSpan);

impl OpenSpan {
    /// Begins a trace of its own.
    pub fn root(name: &'static str, attributes: Vec<KeyValue>) -> Self {
        let tracer = global::tracer("polis");
        Self(tracer.span_builder(name).with_attributes(attributes).start_with_context(&tracer, &Context::new()))
    }

    /// What continues this span elsewhere; none when it is not sampled.
    pub fn traceparent(&self) -> Option<String> {
        let context = self.0.span_context();
        context
            .is_sampled()
            .then(|| format!("00-{}-{}-{:02x}", context.trace_id(), context.span_id(), context.trace_flags()))
    }

    /// This span as the parent of others.
    pub fn as_parent(&self) -> Option<Parent> {
        let context = self.0.span_context();
        context.is_sampled().then(|| Parent(Context::new().with_remote_span_context(context.clone())))
    }

    /// Notes something learned on the way.
    pub fn set(&mut self, attribute: KeyValue) {
        self.0.set_attribute(attribute);
    }

    /// Says that what the span stands for went wrong.
    pub fn fail(&mut self, reason: impl Into<String>) {
        self.0.set_status(opentelemetry::trace::Status::error(reason.into()));
    }

    /// Relates another trace to this span: a batch links to its members.
    pub fn link(&mut self, other: &Parent) {
        self.0.add_link(other.0.span().span_context().clone(), Vec::new());
    }

    /// Ends the span at a time that has passed.
    pub fn end_at(mut self, time: SystemTime) {
        self.0.end_with_timestamp(time);
    }
}

/// The `traceparent` of the tracing span that is entered now; none when there is none or it is not sampled.
pub fn current_traceparent() -> Option<String> {
    let context = Context::current();
    let span = context.span().span_context().clone();
    (span.is_valid() && span.is_sampled())
        .then(|| format!("00-{}-{}-{:02x}", span.trace_id(), span.span_id(), span.trace_flags()))
}

/// The id of the trace that is being made now, sampled or not: what a line of the log names.
pub fn current_trace_id() -> Option<String> {
    let context = Context::current();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| span.trace_id().to_string())
}

/// A database time as OpenTelemetry wants it.
pub fn system_time(time: Timestamp) -> SystemTime {
    time.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sampled_contexts_are_continued() {
        let trace = "0af7651916cd43dd8448eb211c80319c";
        assert!(Parent::parse(&format!("00-{trace}-b7ad6b7169203331-01")).is_some());
        assert!(Parent::parse(&format!("00-{trace}-b7ad6b7169203331-00")).is_none());
        for bad in ["", "00", "00-zz-b7ad6b7169203331-01", "00-00000000000000000000000000000000-b7ad6b7169203331-01"] {
            assert!(Parent::parse(bad).is_none(), "{bad:?}");
        }
    }
}
