//! The call graph as a value: which function calls which, and where. Drawn while evaluating, read by
//! explanations and reports.

use petgraph::graph::{DiGraph, NodeIndex};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

use crate::model::Place;

pub type NodeId = NodeIndex<u32>;

/// Nodes are functions by name (`store.OrderStore.save`), edges the places of calls.
#[derive(Debug, Default)]
pub struct CallGraph {
    graph: DiGraph<SmolStr, Place>,
    by_name: FxHashMap<SmolStr, NodeId>,
    known: FxHashSet<(NodeId, NodeId, Place)>,
}

impl CallGraph {
    pub fn node(&mut self, name: SmolStr) -> NodeId {
        if let Some(node) = self.by_name.get(&name) {
            return *node;
        }
        let node = self.graph.add_node(name.clone());
        self.by_name.insert(name, node);
        node
    }

    pub fn edge(&mut self, from: NodeId, to: NodeId, at: Place) {
        if self.known.insert((from, to, at.clone())) {
            self.graph.add_edge(from, to, at);
        }
    }

    pub fn name(&self, node: NodeId) -> SmolStr {
        self.graph[node].clone()
    }

    pub fn functions(&self) -> impl Iterator<Item = &SmolStr> {
        self.graph.node_weights()
    }

    /// Who calls a function, and where.
    pub fn callers(&self, function: &str) -> Vec<(&SmolStr, &Place)> {
        use petgraph::visit::EdgeRef;
        let Some(node) = self.by_name.get(function) else {
            return Vec::new();
        };
        let mut callers: Vec<_> = self
            .graph
            .edges_directed(*node, petgraph::Direction::Incoming)
            .map(|edge| (&self.graph[edge.source()], edge.weight()))
            .collect();
        callers.sort();
        callers
    }
}
