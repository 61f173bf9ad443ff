//! Places the orders of a queue's messages and announces each of them.

mod orders;

use aws_lambda_events::sqs::SqsEvent;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};

use orders::{Order, Orders};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let config = aws_config::load_from_env().await;
    let orders = Orders::new(&config)?;
    run(service_fn(|event| handler(&orders, event))).await
}

async fn handler(orders: &Orders, event: LambdaEvent<SqsEvent>) -> Result<(), Error> {
    for record in event.payload.records {
        let order: Order = serde_json::from_str(record.body.as_deref().unwrap_or_default())?;
        if orders.place(&order).await? {
            orders.announce(&order).await?;
        }
    }
    Ok(())
}
