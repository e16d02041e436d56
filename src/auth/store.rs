use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _, Set,
};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::entities::failed_sign_ins::{ActiveModel, Column, Entity};

pub(super) async fn count_failures(
    db: &impl ConnectionTrait,
    client: &str,
    since: Timestamp,
) -> Result<u64, DbErr> {
    Entity::find().filter(Column::Client.eq(client)).filter(Column::At.gt(since)).count(db).await
}

pub(super) async fn insert_failure(
    tx: &impl ConnectionTrait,
    client: &str,
    at: Timestamp,
) -> Result<Uuid, DbErr> {
    let id = Uuid::now_v7();
    let row = ActiveModel { id: Set(id), client: Set(client.to_owned()), at: Set(at) };
    Entity::insert(row).exec_without_returning(tx).await?;
    Ok(id)
}

pub(super) async fn delete_failure(tx: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::Id.eq(id)).exec(tx).await.map(|_| ())
}

/// Takes back the last one that was counted under that name, if there is one.
pub(super) async fn delete_newest(tx: &impl ConnectionTrait, client: &str) -> Result<(), DbErr> {
    let newest = Entity::find().select_only().column(Column::Id).filter(Column::Client.eq(client));
    let newest = newest.order_by_desc(Column::At).limit(1).into_tuple::<Uuid>().all(tx).await?;
    match newest.first() {
        Some(id) => delete_failure(tx, *id).await,
        None => Ok(()),
    }
}

pub(super) async fn delete_failures(tx: &impl ConnectionTrait, until: Timestamp) -> Result<(), DbErr> {
    Entity::delete_many().filter(Column::At.lte(until)).exec(tx).await.map(|_| ())
}
