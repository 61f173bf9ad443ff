//! EC2's ids. Tagging takes ids of any type of resource; what stands before the id's last dash tells the type.

use super::{Formed, Scope};
use crate::model::{Part, Text};

/// The ARN of what an id names. An id whose type is not known can be anything in the region.
pub fn id(value: &Text, scope: &Scope) -> Formed {
    if value.is_arn() {
        return Formed::Whole(value.clone());
    }
    let kind = value.leading_literal().rsplit_once('-').and_then(|(prefix, _)| kind(prefix));
    let nobody = Text::default();
    let account = match kind {
        Some("image" | "snapshot") => &nobody,
        Some(_) => &scope.account,
        None => &Text::any(),
    };
    let mut arn = scope.arn("ec2", &scope.region, account);
    match kind {
        Some(kind) => {
            arn.push_str(kind);
            arn.push_str("/");
            arn.append(value);
        }
        None => {
            arn.push(Part::Any);
            arn.push_str("/");
            arn.push(Part::Any);
        }
    }
    Formed::Whole(arn)
}

fn kind(prefix: &str) -> Option<&'static str> {
    Some(match prefix {
        "i" => "instance",
        "vol" => "volume",
        "snap" => "snapshot",
        "ami" => "image",
        "sg" => "security-group",
        "subnet" => "subnet",
        "vpc" => "vpc",
        "eni" => "network-interface",
        "eipalloc" => "elastic-ip",
        "rtb" => "route-table",
        "igw" => "internet-gateway",
        "nat" => "natgateway",
        "lt" => "launch-template",
        "key" => "key-pair",
        "sir" => "spot-instances-request",
        "tgw" => "transit-gateway",
        "vpce" => "vpc-endpoint",
        _ => return None,
    })
}
