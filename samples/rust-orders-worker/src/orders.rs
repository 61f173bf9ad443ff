use std::env;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use lambda_runtime::Error;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Order {
    pub id: String,
    pub item: String,
}

pub struct Orders {
    tables: aws_sdk_dynamodb::Client,
    topics: aws_sdk_sns::Client,
    table: String,
    topic: String,
}

impl Orders {
    pub fn new(config: &SdkConfig) -> Result<Self, Error> {
        Ok(Self {
            tables: aws_sdk_dynamodb::Client::new(config),
            topics: aws_sdk_sns::Client::new(config),
            table: env::var("TABLE_NAME")?,
            topic: env::var("TOPIC_ARN")?,
        })
    }

    /// False where it was placed before.
    pub async fn place(&self, order: &Order) -> Result<bool, Error> {
        let known = self
            .tables
            .get_item()
            .table_name(&self.table)
            .key("id", AttributeValue::S(order.id.clone()))
            .send()
            .await?;
        if known.item.is_some() {
            return Ok(false);
        }
        let put = self.tables.put_item().table_name(&self.table);
        put.item("id", AttributeValue::S(order.id.clone()))
            .item("item", AttributeValue::S(order.item.clone()))
            .send()
            .await?;
        Ok(true)
    }

    pub async fn announce(&self, order: &Order) -> Result<(), Error> {
        self.topics.publish().topic_arn(&self.topic).message(&order.id).send().await?;
        Ok(())
    }
}
